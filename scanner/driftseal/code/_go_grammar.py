"""Which builder makes which node of Go's grammar."""

from __future__ import annotations

from typing import Final

from driftseal.code import _go_definitions as definition
from driftseal.code import _go_literals as literal
from driftseal.code import _go_statements as stmt
from driftseal.code import _go_switch as switch
from driftseal.code import _go_values as value
from driftseal.code._go_state import State
from driftseal.code._lowering import Builder, Grammar

_ENTERS: Final = {
    "function_declaration": definition.enter,
    "method_declaration": definition.enter,
    "func_literal": definition.enter,
    "expression_switch_statement": switch.opens,
    "type_switch_statement": switch.opens,
    "select_statement": switch.opens,
}
_LEAVES: Final = {
    "identifier": value.name,
    "blank_identifier": value.name,
    "field_identifier": literal.word,
    "package_identifier": literal.word,
    "label_name": literal.word,
    "dot": literal.word,
    "type_identifier": literal.type_,
    "qualified_type": literal.type_,
    "pointer_type": literal.type_,
    "slice_type": literal.type_,
    "array_type": literal.type_,
    "implicit_length_array_type": literal.type_,
    "map_type": literal.type_,
    "channel_type": literal.type_,
    "function_type": literal.type_,
    "interface_type": literal.type_,
    "generic_type": literal.type_,
    "parenthesized_type": literal.type_,
    "negated_type": literal.type_,
    "int_literal": literal.numeral,
    "float_literal": literal.numeral,
    "imaginary_literal": literal.numeral,
    "rune_literal": literal.string,
    "interpreted_string_literal": literal.string,
    "raw_string_literal": literal.string,
    "true": literal.truth,
    "false": literal.truth,
    "nil": literal.nil,
    "iota": literal.unknown,
}
_EXPRESSIONS: Final[dict[str, Builder[State]]] = {
    "expression_list": value.several,
    "call_expression": value.call,
    "argument_list": value.arguments,
    "type_conversion_expression": value.conversion,
    "type_assertion_expression": value.assertion,
    "selector_expression": value.selector,
    "index_expression": value.index,
    "slice_expression": value.bounds,
    "parenthesized_expression": value.inner,
    "unary_expression": value.unary,
    "binary_expression": value.binary,
    "variadic_argument": value.spread,
    "composite_literal": literal.composite,
    "literal_value": literal.literal,
    "literal_element": literal.element,
    "keyed_element": literal.keyed,
    "func_literal": definition.function,
}
_STATEMENTS: Final[dict[str, Builder[State]]] = {
    "ERROR": stmt.error,
    "source_file": stmt.block,
    "block": stmt.block,
    "statement_list": stmt.block,
    "short_var_declaration": stmt.assignment,
    "assignment_statement": stmt.assignment,
    "var_spec": stmt.variable,
    "const_spec": stmt.constant,
    "inc_statement": stmt.step,
    "dec_statement": stmt.step,
    "send_statement": stmt.send,
    "receive_statement": stmt.receive,
    "return_statement": stmt.returned,
    "break_statement": stmt.leave,
    "continue_statement": stmt.leave,
    "goto_statement": stmt.leave,
    "if_statement": stmt.branch,
    "for_statement": stmt.loop,
    "range_clause": stmt.over,
    "for_clause": stmt.head,
    "go_statement": stmt.called,
    "defer_statement": stmt.called,
    "expression_statement": stmt.called,
    "labeled_statement": stmt.labelled,
    "expression_switch_statement": switch.switch,
    "type_switch_statement": switch.switch,
    "select_statement": switch.switch,
    "expression_case": switch.case,
    "type_case": switch.case,
    "default_case": switch.case,
    "communication_case": switch.communication,
    "import_spec": definition.imported,
    "function_declaration": definition.function,
    "method_declaration": definition.function,
    "parameter_list": definition.parameters,
    "parameter_declaration": definition.parameter,
    "variadic_parameter_declaration": definition.parameter,
    "type_spec": definition.declared,
    "struct_type": definition.struct,
    "field_declaration_list": definition.fields_of,
    "field_declaration": definition.field,
}
GRAMMAR: Final[Grammar[State]] = Grammar(
    _EXPRESSIONS | _STATEMENTS,
    leaves=_LEAVES,
    enters=_ENTERS,
    tokens=(),
    skipped={
        "comment",
        "package_clause",
        "type_arguments",
        "type_parameter_list",
        "type_alias",
        "fallthrough_statement",
    },
)
