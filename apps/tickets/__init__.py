"""Customers waiting for an answer: tickets, their messages, queues and views."""
