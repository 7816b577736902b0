"""The generated reference: each page is a function of the code, so that it cannot fall behind."""
