"""Arithmetic on expressions such as 3 * (2 + 4)."""

import ast
import operator

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("calculator")

OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


def value_of(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](value_of(left), value_of(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value_of(operand)
    raise ValueError("only numbers and + - * / are understood")


@mcp.tool()
def calculate(expression: str) -> float:
    """Work out an arithmetic expression."""
    cleaned = expression.strip()
    return float(value_of(ast.parse(cleaned, mode="eval").body))


@mcp.tool()
def average(numbers: list[float]) -> float:
    """Mean of a list of numbers."""
    return sum(numbers) / len(numbers)


if __name__ == "__main__":
    mcp.run()
