"""Identity: who somebody is and what they may do.

A *user* is a person or bot that can log in. A *login session* is one signed-in device: a browser
holds it in a cookie and proves each write by a CSRF token, a program sends it as a bearer token;
only its hash is stored. A *role* is site-wide (viewer, host, moderator, operator); only viewer and
host can be chosen at sign-up. Passwords are kept as argon2id hashes; five wrong ones lock a name
for 15 minutes. An operator marks who was verified as an adult; nobody else may tip.
"""
