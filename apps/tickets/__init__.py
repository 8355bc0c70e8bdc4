"""Customers waiting for an answer: tickets, their messages, queues and views.

Clocks are not kept here: `sla` reads the Activity rows these verbs leave.
Mail is not sent here: a reply is a Delivery in the outbox.
"""
