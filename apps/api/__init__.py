"""The door for programs: REST over the same verbs as the portal.

Tokens, scopes, strict JSON, problems, keyset pages, idempotency keys and limits; one file per
resource in `resources/`. It decides nothing: records refuse, and it says so.
"""
