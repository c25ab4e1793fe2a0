"""Which builder makes what of each node of the grammars of JavaScript and TypeScript."""

from __future__ import annotations

from sys import intern
from typing import Final

from driftseal.code import _javascript_collections as collections
from driftseal.code import _javascript_definitions as definitions
from driftseal.code import _javascript_jsx as jsx
from driftseal.code import _javascript_literals as literals
from driftseal.code import _javascript_modules as modules
from driftseal.code import _javascript_statements as statements
from driftseal.code import _javascript_switch as switches
from driftseal.code import _javascript_values as values
from driftseal.code import ir
from driftseal.code._javascript_state import State
from driftseal.code._lowering import Grammar


def _name(_: State, text: str, line: int) -> ir.Name:
    return ir.Name(intern(text), line)


def _word(_: State, text: str, _line: int) -> str:
    return text


def _accessible(_: State, _text: str, _line: int) -> str:
    return "accessible"


def _text(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(text, line)


def _true(_: State, _text: str, line: int) -> ir.Const:
    return ir.Const(value=True, line=line)


def _false(_: State, _text: str, line: int) -> ir.Const:
    return ir.Const(value=False, line=line)


def _nothing(_: State, _text: str, line: int) -> ir.Const:
    return ir.Const(None, line)


_FUNCTIONS: Final = ("function_expression", "generator_function", "arrow_function")
_DECLARED: Final = ("function_declaration", "generator_function_declaration")
_CLASSES: Final = ("class_declaration", "abstract_class_declaration")

GRAMMAR: Final = Grammar[State](
    {
        **dict.fromkeys(
            ("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"), values.passed
        ),
        **dict.fromkeys(("type_assertion", "instantiation_expression", "template_substitution"), values.passed),
        **dict.fromkeys(("computed_property_name", "decorator"), values.passed),
        **dict.fromkeys(("member_expression", "nested_identifier"), values.member),
        "subscript_expression": values.subscript,
        "arguments": values.arguments,
        "call_expression": values.call,
        "new_expression": values.new,
        "binary_expression": values.binary,
        "unary_expression": values.unary,
        "await_expression": values.awaited,
        "yield_expression": values.yielded,
        **dict.fromkeys(("spread_element", "rest_pattern"), values.spread),
        "ternary_expression": values.ternary,
        "sequence_expression": values.comma,
        **dict.fromkeys(
            ("assignment_expression", "assignment_pattern", "object_assignment_pattern"), values.assignment
        ),
        "augmented_assignment_expression": values.augmented,
        "update_expression": values.update,
        **dict.fromkeys(("array", "array_pattern"), collections.array),
        **dict.fromkeys(("object", "object_pattern"), collections.mapping),
        **dict.fromkeys(("pair", "pair_pattern"), collections.pair),
        "template_string": collections.template,
        "meta_property": values.meta,
        "jsx_attribute": jsx.attribute,
        "jsx_expression": jsx.inside,
        "jsx_element": jsx.element,
        **dict.fromkeys(("jsx_opening_element", "jsx_self_closing_element"), jsx.opening),
        **dict.fromkeys(("program", "statement_block", "finally_clause"), statements.block),
        "expression_statement": statements.expression,
        **dict.fromkeys(("lexical_declaration", "variable_declaration", "using_declaration"), statements.declaration),
        "variable_declarator": statements.declarator,
        "return_statement": statements.return_,
        "throw_statement": statements.throw,
        "if_statement": statements.if_,
        "else_clause": statements.else_,
        "for_statement": statements.for_,
        "for_in_statement": statements.for_in,
        **dict.fromkeys(("while_statement", "do_statement"), statements.while_),
        **dict.fromkeys(("switch_case", "switch_default"), switches.case),
        "switch_body": switches.cases,
        "switch_statement": switches.switch,
        "catch_clause": statements.catch,
        "try_statement": statements.try_,
        "labeled_statement": statements.labelled,
        **dict.fromkeys(("break_statement", "continue_statement"), statements.leave),
        "with_statement": statements.with_,
        **dict.fromkeys(("internal_module", "module"), statements.namespace),
        **dict.fromkeys(("required_parameter", "optional_parameter"), definitions.parameter),
        "formal_parameters": definitions.parameters,
        **dict.fromkeys(_FUNCTIONS, definitions.function),
        **dict.fromkeys(_DECLARED, definitions.declaration),
        "method_definition": definitions.method,
        "class_static_block": definitions.static_block,
        **dict.fromkeys(("field_definition", "public_field_definition"), definitions.field),
        "class_body": definitions.class_body,
        "class": definitions.class_value,
        **dict.fromkeys(_CLASSES, definitions.class_declaration),
        "enum_assignment": definitions.enum_member,
        "enum_body": definitions.enum_body,
        "enum_declaration": definitions.enum,
        **dict.fromkeys(("import_specifier", "export_specifier"), modules.specifier),
        **dict.fromkeys(("named_imports", "export_clause"), modules.parts),
        **dict.fromkeys(("namespace_import", "namespace_export"), modules.everything),
        "import_clause": modules.clause,
        "import_require_clause": modules.required,
        "import_statement": modules.import_,
        "import_alias": modules.alias,
        "export_statement": modules.export,
    },
    leaves={
        **dict.fromkeys(("identifier", "this", "super", "import", "shorthand_property_identifier"), _name),
        "shorthand_property_identifier_pattern": _name,
        **dict.fromkeys(("property_identifier", "private_property_identifier", "jsx_namespace_name"), _word),
        **dict.fromkeys(("type_identifier", "string_fragment", "escape_sequence"), _word),
        **dict.fromkeys(("accessibility_modifier", "override_modifier"), _accessible),
        "string": literals.string,
        "number": literals.number,
        "regex": _text,
        "true": _true,
        "false": _false,
        **dict.fromkeys(("null", "undefined"), _nothing),
        "jsx_text": jsx.text,
        "comment": literals.comment,
        **dict.fromkeys(("type_annotation", "asserts_annotation", "type_predicate_annotation"), literals.annotation),
    },
    enters={
        **dict.fromkeys(
            (*_FUNCTIONS, *_DECLARED, "method_definition", "class_static_block"), definitions.opens_function
        ),
        **dict.fromkeys(("class", *_CLASSES, "enum_declaration"), definitions.opens_class),
        "switch_statement": switches.opens_switch,
    },
    tokens={"static", "get", "readonly", "type", "typeof", "default", "=", "*"},
    shortcuts={"member_expression": values.plain_member},
    skipped={
        *("type_arguments", "type_parameters", "interface_declaration", "type_alias_declaration", "implements_clause"),
        *("ambient_declaration", "function_signature", "method_signature", "abstract_method_signature"),
        *("index_signature", "import_attribute", "jsx_closing_element", "hash_bang_line", "html_comment"),
        *("predefined_type", "generic_type", "nested_type_identifier", "object_type", "array_type", "tuple_type"),
        *("union_type", "intersection_type", "literal_type", "type_query", "lookup_type", "conditional_type"),
        *("function_type", "constructor_type", "parenthesized_type", "readonly_type", "index_type_query"),
        *("template_literal_type", "existential_type", "flow_maybe_type", "infer_type", "this_type", "optional_chain"),
        *("statement_identifier", "html_character_reference", "debugger_statement", "empty_statement"),
    },
    whole="program",
)
