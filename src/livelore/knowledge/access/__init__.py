"""Who may see what, and why: asked here and nowhere else.

An entitlement says that a party holds a product from one moment to another, because of one act.
It is granted and revoked inside the transaction of that act. A host, an operator, a free preview
and a course without any product open a lesson without one. What is stored can be recomputed from
orders, refunds and free grants, row by row.
"""
