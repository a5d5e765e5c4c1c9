"""The calls, by area. Each has a twin of the same name in `tests/src/differential/cases`, written by hand as well."""


def table():
    """A decorator that keeps functions by name, and the dictionary that it fills."""
    cases = {}

    def case(function):
        cases[function.__name__] = function
        return function

    return cases, case
