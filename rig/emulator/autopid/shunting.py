"""Expressions as shipped firmware reads them (4.40p, 4.50p): two stacks, no look at the syntax.

A missing left operand is 0, so that ``-B1+2`` works by chance, and ``3*-5`` is (0*3)-5. A parenthesis that is never closed ends
as an operator that yields 0. What is an error all the same: a closing parenthesis too many, no result, and more than one.
"""

from rig.emulator.autopid.operators import LEVELS, Dialect, ExpressionError, apply

_STRENGTH = {operator: strength for strength, level in enumerate(LEVELS) for operator in level}


def shunt(tokens: list[float | str], dialect: Dialect) -> float:
    """The value of a token list.

    Raises:
        ExpressionError: there is none.
    """
    stacks = _Stacks(dialect)
    for token in tokens:
        if isinstance(token, float):
            stacks.values.append(token)
        elif token == ")":
            stacks.close()
        else:
            stacks.push(token)
    return stacks.result()


class _Stacks:
    def __init__(self, dialect: Dialect) -> None:
        self.values: list[float] = []
        self._operators: list[str] = []
        self._dialect = dialect

    def push(self, operator: str) -> None:
        while operator != "(" and self._operators and _STRENGTH.get(self._operators[-1], -1) >= _STRENGTH[operator]:
            self._reduce()
        self._operators.append(operator)

    def close(self) -> None:
        while self._operators and self._operators[-1] != "(":
            self._reduce()
        if not self._operators:
            raise ExpressionError("a parenthesis is closed that was not opened")
        self._operators.pop()

    def result(self) -> float:
        while self._operators:
            self._reduce()
        if len(self.values) != 1:
            raise ExpressionError(f"{len(self.values)} results")
        return self.values[0]

    def _reduce(self) -> None:
        operator = self._operators.pop()
        if not self.values:
            raise ExpressionError(f"nothing for {operator} to work on")
        right = self.values.pop()
        left = self.values.pop() if self.values else 0.0
        self.values.append(0.0 if operator == "(" else apply(operator, left, right, self._dialect))
