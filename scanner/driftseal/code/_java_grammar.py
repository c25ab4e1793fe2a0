"""Which builder makes which node of Java's grammar."""

from __future__ import annotations

from typing import Final

from driftseal.code import _java_annotations as annotation
from driftseal.code import _java_definitions as definition
from driftseal.code import _java_statements as stmt
from driftseal.code import _java_tries as tries
from driftseal.code import _java_values as value
from driftseal.code._java_state import State
from driftseal.code._lowering import Builder, Grammar

_CLASSES: Final = (
    "class_declaration",
    "interface_declaration",
    "enum_declaration",
    "record_declaration",
    "annotation_type_declaration",
)
_FUNCTIONS: Final = (
    "method_declaration",
    "constructor_declaration",
    "compact_constructor_declaration",
    "lambda_expression",
)
_ENTERS: Final = (
    dict.fromkeys(_CLASSES, definition.enter_class)
    | dict.fromkeys(_FUNCTIONS, definition.enter_function)
    | dict.fromkeys(
        (
            *("formal_parameter", "catch_formal_parameter", "variable_declarator", "resource"),
            *("enhanced_for_statement", "instanceof_expression", "type_pattern"),
        ),
        definition.declares,
    )
    | {"object_creation_expression": definition.enter_new, "switch_expression": stmt.opens_switch}
)
_LEAVES: Final = {
    "identifier": value.name,
    "import_declaration": definition.imported,
    "this": value.this,
    "super": value.this,
    "true": value.truth,
    "false": value.truth,
    "null_literal": value.null,
    "string_literal": value.string,
    "character_literal": value.string,
    "decimal_integer_literal": value.numeral,
    "hex_integer_literal": value.numeral,
    "octal_integer_literal": value.numeral,
    "binary_integer_literal": value.numeral,
    "decimal_floating_point_literal": value.numeral,
    "hex_floating_point_literal": value.numeral,
    "type_identifier": value.type_,
    "scoped_type_identifier": value.type_,
    "generic_type": value.type_,
    "array_type": value.type_,
    "integral_type": value.type_,
    "floating_point_type": value.type_,
    "boolean_type": value.type_,
    "void_type": value.type_,
    "annotated_type": value.type_,
}
_EXPRESSIONS: Final[dict[str, Builder[State]]] = {
    "method_invocation": value.call,
    "argument_list": value.arguments,
    "object_creation_expression": value.new,
    "explicit_constructor_invocation": value.constructed,
    "method_reference": value.reference,
    "field_access": value.member,
    "array_access": value.item,
    "parenthesized_expression": value.inner,
    "cast_expression": value.cast,
    "binary_expression": value.binary,
    "instanceof_expression": value.is_a,
    "unary_expression": value.unary,
    "ternary_expression": value.choice,
    "assignment_expression": value.assignment,
    "update_expression": value.step,
    "array_initializer": value.group,
    "element_value_array_initializer": value.group,
    "array_creation_expression": value.array,
    "class_literal": value.class_of,
    "lambda_expression": definition.function,
    "inferred_parameters": definition.inferred,
}
_STATEMENTS: Final[dict[str, Builder[State]]] = {
    "ERROR": stmt.error,
    "program": stmt.block,
    "block": stmt.block,
    "constructor_body": stmt.block,
    "resource_specification": stmt.block,
    "expression_statement": stmt.expression,
    "local_variable_declaration": stmt.variables,
    "variable_declarator": stmt.variable,
    "return_statement": stmt.returned,
    "yield_statement": stmt.yielded,
    "throw_statement": stmt.raised,
    "break_statement": stmt.leave,
    "continue_statement": stmt.leave,
    "assert_statement": stmt.asserted,
    "if_statement": stmt.branch,
    "for_statement": stmt.counted,
    "enhanced_for_statement": stmt.each_of,
    "while_statement": stmt.while_,
    "do_statement": stmt.while_,
    "try_statement": tries.tried,
    "try_with_resources_statement": tries.tried,
    "resource": tries.resource,
    "catch_clause": tries.caught,
    "catch_formal_parameter": tries.caught_as,
    "catch_type": tries.types,
    "finally_clause": tries.finally_,
    "labeled_statement": stmt.labelled,
    "synchronized_statement": stmt.block,
    "switch_expression": stmt.switch,
    "switch_block": stmt.cases,
    "switch_block_statement_group": stmt.case,
    "switch_rule": stmt.case,
    "switch_label": stmt.label,
    "modifiers": annotation.modifiers,
    "annotation": annotation.annotation,
    "marker_annotation": annotation.annotation,
    "annotation_argument_list": annotation.annotation_arguments,
    "element_value_pair": annotation.annotation_pair,
    "superclass": tries.types,
    "super_interfaces": tries.types,
    "type_list": tries.types,
    "field_declaration": definition.field,
    "constant_declaration": definition.field,
    "class_body": definition.members,
    "interface_body": definition.members,
    "enum_body": definition.members,
    "enum_body_declarations": definition.members,
    "annotation_type_body": definition.members,
    "enum_constant": definition.constant,
    "static_initializer": definition.loaded,
    "method_declaration": definition.function,
    "constructor_declaration": definition.function,
    "compact_constructor_declaration": definition.function,
    "formal_parameters": definition.parameters,
    "formal_parameter": definition.parameter,
    "spread_parameter": definition.parameter,
}
GRAMMAR: Final[Grammar[State]] = Grammar(
    _EXPRESSIONS | _STATEMENTS | dict.fromkeys(_CLASSES, definition.cls),
    leaves=_LEAVES,
    enters=_ENTERS,
    tokens={"static"},
    angles=300,
    skipped={
        *("line_comment", "block_comment", "package_declaration", "type_parameters", "type_arguments", "throws"),
        *("dimensions", "permits", "module_declaration"),
    },
)
