"""Grammars of calls: what a model may write, for llguidance, GBNF and JSON Schema.

Input: a catalogue and a call format. Output: a Lark grammar for the local backend, and exports for
servers that take a grammar or a schema with a request.

styles      how a format frames its calls: the representation that all grammars are made from
schema      a tool's schema, made fit for a grammar, with what a grammar cannot say named
lark        styles and schemas as one Lark grammar
gbnf        the same as GBNF, with gbnf_schema for the arguments
exports     export_gbnf and export_json_schema
"""
