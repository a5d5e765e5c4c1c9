"""Makes bodies from the types of the official client: `make.py FILE` writes one JSON object a line.

Each request body, response and event of every operation, each webhook and each socket event is made with its required
members, with all members, and then again until every alternative of every union and every value of every enum was used.
`type` is the Python type, `to` the places that have it: `request chat.completions.create`, `schema RealtimeServerEvent`;
`page` is the kind of a page.
"""

import ast
import collections.abc
import importlib
import inspect
import json
import sys
import textwrap
import types
import typing
from datetime import datetime

import pydantic
import typing_extensions
from openai import OpenAI
from openai._utils import PropertyInfo

# Unions that no operation has, by the name of their schema.
SOCKETS = {
    "RealtimeClientEvent": "realtime.realtime_client_event_param.RealtimeClientEventParam",
    "RealtimeServerEvent": "realtime.realtime_server_event.RealtimeServerEvent",
    "RealtimeTranslationClientEvent": "realtime.realtime_translation_client_event_param.RealtimeTranslationClientEventParam",
    "RealtimeTranslationServerEvent": "realtime.realtime_translation_server_event.RealtimeTranslationServerEvent",
    "ResponsesClientEvent": "responses.responses_client_event_param.ResponsesClientEventParam",
    "ResponsesServerEvent": "responses.responses_server_event.ResponsesServerEvent",
    "BetaResponsesClientEvent": "beta.beta_responses_client_event_param.BetaResponsesClientEventParam",
    "BetaResponsesServerEvent": "beta.beta_responses_server_event.BetaResponsesServerEvent",
    "LiveClientEvent": "live.client_event_param.ClientEventParam",
    "LiveServerEvent": "live.server_event.ServerEvent",
    "LiveForkClientEvent": "live.fork_client_event_param.ForkClientEventParam",
    "LiveForkServerEvent": "live.fork_server_event.ForkServerEvent",
    "LiveSidebandClientEvent": "live.connect_client_event_param.ConnectClientEventParam",
    "LiveSidebandServerEvent": "live.connect_server_event.ConnectServerEvent",
    "AssistantStreamEvent": "beta.assistant_stream_event.AssistantStreamEvent",
}
# Names that the official client has twice: `beta.chat` is `chat`, and the other one is of the days before its `list`.
ALIASES = ("beta.chat.", "fine_tuning.checkpoints.permissions.list")
# Methods that choose the type of their response by an argument.
RESPONSES = {
    "audio.transcriptions.create": "audio.transcription_create_response.TranscriptionCreateResponse",
    "audio.translations.create": "audio.translation_create_response.TranslationCreateResponse",
}
# Rounds that used nothing new before a type counts as done, and how deep bodies may nest.
IDLE, DEPTH, ROUNDS = 4, 9, 400
SKIP = object()
# The form in which the encoder of a multipart body reads a file that is not there.
FILE = ""


class Bodies:
    """The bodies of one type. Of each choice, the alternative that was used least is taken."""

    def __init__(self, names=None):
        self.names = names
        self.used = {}
        self.fresh = False
        self.full = True
        self.stack = []

    def choose(self, place, options):
        counts = self.used.setdefault(place, [0] * len(options))
        index = counts.index(min(counts))
        self.fresh |= counts[index] == 0
        counts[index] += 1
        return options[index]

    def of(self, type_):
        self.full, self.stack = False, []
        yield self.value(type_, "")
        self.full = True
        idle = 0
        for _ in range(ROUNDS):
            self.fresh, self.stack = False, []
            yield self.value(type_, "")
            idle = 0 if self.fresh else idle + 1
            if idle == IDLE:
                return

    def value(self, type_, place, name="text"):
        origin, args = typing.get_origin(type_), typing.get_args(type_)
        if isinstance(type_, typing.ForwardRef):
            raise TypeError(f"{place}: {type_}")
        if type(type_).__name__ == "TypeAliasType":
            return self.value(type_.__value__, place, name)
        if origin in (typing_extensions.Required, typing_extensions.NotRequired, typing_extensions.Annotated):
            return self.value(args[0], place, name)
        if origin in (typing.Union, types.UnionType):
            return self.union(args, place, name)
        if origin in (list, dict) and not args:
            return self.value(origin, place, name)
        if origin is typing.Literal:
            return self.choose(f"{place} = {args}", args)
        if origin in (list, set, collections.abc.Iterable, collections.abc.Sequence) or getattr(origin, "__name__", "") == "SequenceNotStr":
            return self.items(args[0], place, name)
        if origin in (dict, collections.abc.Mapping):
            inner = self.value(args[1], f"{place}{{}}", name)
            return {} if inner is SKIP else {"key": inner}
        return self.plain(type_, place, name)

    def plain(self, type_, place, name):
        if type_ is str:
            return name
        if type_ in (int, bool, float):
            return {int: 7, bool: True, float: 0.5}[type_]
        if type_ in (object, typing.Any):
            return {"any": [1]}
        if type_ is type(None):
            return None
        if type_ is datetime:
            return "2026-11-19T00:00:00Z"
        if type_ is dict:
            return {"key": {"any": [1]}}
        if type_ is list:
            return [{"any": [1]}]
        if inspect.isclass(type_) and issubclass(type_, pydantic.BaseModel):
            return self.model(type_)
        if hasattr(type_, "__required_keys__"):
            return self.dictionary(type_)
        # A file, which has no form in JSON.
        return FILE

    def items(self, type_, place, name):
        first = self.value(type_, f"{place}[]", name)
        return [] if first is SKIP else [first]

    def union(self, args, place, name):
        args = [arg for arg in args if "Omit" not in str(arg) and "NotGiven" not in str(arg)]
        # An open enum: any other text would count as an unknown value of it.
        if str in args and any(is_enum(arg) for arg in args):
            args = [arg for arg in args if arg is not str]
        # What holds itself goes the short way in the end.
        if len(self.stack) > DEPTH:
            simple = [arg for arg in args if arg in (str, int, bool, float, type(None)) or is_enum(arg)]
            args = simple or args
            return self.value(args[0], place, name)
        for _ in args:
            value = self.value(self.choose(f"{place} |{len(args)}", args), place, name)
            if value is not SKIP:
                return value
        return SKIP

    def model(self, type_):
        type_.model_rebuild()
        members = []
        for name, field in type_.model_fields.items():
            # Any string to the official client, and one constant to us.
            if name == "object" and any(base.__module__ == "openai.pagination" for base in type_.__mro__):
                continue
            members.append((field.alias or name, field.annotation, field.is_required()))
        return self.members(type_, members)

    def dictionary(self, type_):
        members = []
        for name, hint in typing_extensions.get_type_hints(type_, include_extras=True).items():
            required = name in type_.__required_keys__
            if self.names is not None and not self.stack and name not in self.names:
                continue
            alias = name
            while typing.get_origin(hint) in (typing_extensions.Required, typing_extensions.Annotated):
                required |= typing.get_origin(hint) is typing_extensions.Required
                for info in typing.get_args(hint)[1:]:
                    alias = getattr(info, "alias", None) or alias if isinstance(info, PropertyInfo) else alias
                hint = typing.get_args(hint)[0]
            members.append((alias, hint, required))
        return self.members(type_, members)

    def members(self, type_, members):
        if self.stack.count(type_) > 1 and len(self.stack) > DEPTH:
            return SKIP
        CLASSES.add(f"{type_.__module__}.{type_.__qualname__}")
        self.stack.append(type_)
        out = {}
        for name, hint, required in members:
            if not required and (not self.full or len(self.stack) > DEPTH):
                continue
            # An optional member is left out rather than null.
            options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else ()
            if type(None) in options and not required:
                hint = typing.Union[tuple(option for option in options if option is not type(None))]
            value = self.value(hint, f"{type_.__module__}.{type_.__qualname__}.{name}", name)
            if value is not SKIP:
                out[name] = value
        self.stack.pop()
        return out


CLASSES = set()


def is_enum(type_):
    while typing.get_origin(type_) is typing_extensions.Annotated or type(type_).__name__ == "TypeAliasType":
        type_ = getattr(type_, "__value__", None) or typing.get_args(type_)[0]
    if typing.get_origin(type_) in (typing.Union, types.UnionType):
        return any(is_enum(arg) for arg in typing.get_args(type_))
    return typing.get_origin(type_) is typing.Literal


def methods(resource, path=""):
    """Every method of every resource, with its path, as `chat.completions.create`, but for other names of the same."""
    for name, member in inspect.getmembers(type(resource)):
        if name.startswith(("_", "with_")) or not isinstance(member, (types.FunctionType, property)) and not hasattr(member, "func"):
            continue
        if isinstance(member, types.FunctionType):
            if path and not f"{path}{name}".startswith(ALIASES):
                yield f"{path}{name}", member
        elif getattr(type(resource), "__module__", "").startswith("openai"):
            child = getattr(resource, name)
            if "resources" in type(child).__module__:
                yield from methods(child, f"{path}{name}.")


def named(dotted):
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(f"openai.types.{module}"), name)


def bodies_of(name, function):
    """The types of the request body and of the response of a method, from its source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    scope = vars(importlib.import_module(function.__module__))
    call = None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in (
            "_post", "_get", "_delete", "_patch", "_put", "_get_api_list",
        ):
            call = node
    if call is None:
        return None, None, None
    request = response = None
    for keyword in call.keywords:
        if keyword.arg == "body":
            request = transformed(keyword.value, scope)
        if keyword.arg == "page" and isinstance(keyword.value, ast.Subscript):
            response = evaluated(keyword.value, scope)
        if keyword.arg == "cast_to":
            response = named(RESPONSES[name]) if name in RESPONSES else evaluated(keyword.value, scope)
    if call.func.attr == "_get_api_list":
        page = evaluated(call.args[1], scope) if len(call.args) > 1 else response
        model = next((keyword.value for keyword in call.keywords if keyword.arg == "model"), None)
        model = evaluated(model, scope) if model is not None else None
        response = page
        if model is not None and not typing.get_args(page) and not getattr(page, "__pydantic_generic_metadata__", {}).get("args"):
            response = page[model]
    stream = next((keyword.value for keyword in call.keywords if keyword.arg == "stream_cls"), None)
    # A method that is a stream and nothing else has no other response.
    always = any(keyword.arg == "stream" and getattr(keyword.value, "value", None) is True for keyword in call.keywords)
    response = None if always or response is type(None) else response
    return request, response, evaluated(stream, scope) if stream else None


def page_of(type_):
    """The kind of a page, as `SyncCursorPage`; null for what is none."""
    bases = [base for base in getattr(type_, "__mro__", ()) if base.__module__ == "openai.pagination"]
    return bases[0].__name__.partition("[")[0] if bases else None


def event_of(stream):
    """The events of a `Stream[X]`, or of a class below it."""
    while not typing.get_args(stream):
        stream = next(base for base in stream.__orig_bases__ if "Stream" in str(base))
    return typing.get_args(stream)[0]


def transformed(node, scope):
    """The type of a body, and its members: such a type has parameters of the path and of headers as well."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "maybe_transform":
            chosen = inner.args[1]
            names = {key.value for key in inner.args[0].keys} if isinstance(inner.args[0], ast.Dict) else None
            if isinstance(chosen, ast.IfExp):
                return typing.Union[evaluated(chosen.body, scope), evaluated(chosen.orelse, scope)], names
            return evaluated(chosen, scope), names
    return None


def evaluated(node, scope):
    return eval(compile(ast.Expression(unwrapped(node)), "<type>", "eval"), dict(scope))  # noqa: S307


def unwrapped(node):
    """The type in `cast(Type[Any], X)` and `Union[…]`."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "cast":
        return node.args[1]
    return node


def main(path):
    places = {}

    def add(place, type_, names=None):
        places.setdefault(f"{type_}", (type_, names, []))[2].append(place)

    client = OpenAI(api_key="sk-none")
    problems = []
    for name, function in methods(client):
        try:
            found = bodies_of(name, function)
        except Exception as problem:  # noqa: BLE001
            problems.append(f"{name}: {problem!r}")
            continue
        request, response, stream = found
        if request is not None:
            add(f"request {name}", *request)
        if response is not None:
            add(f"response {name}", response)
        if stream is not None:
            add(f"event {name}", event_of(stream))
    for schema, dotted in SOCKETS.items():
        add(f"schema {schema}", named(dotted))
    add("webhook", named("webhooks.unwrap_webhook_event.UnwrapWebhookEvent"))

    lines = 0
    with open(path, "w", encoding="utf-8") as out:
        for key, (type_, names, to) in places.items():
            seen = set()
            try:
                for body in Bodies(names).of(type_):
                    text = json.dumps(body, sort_keys=True) if body is not SKIP else None
                    if isinstance(body, (dict, list)) and text not in seen:
                        seen.add(text)
                        out.write(json.dumps({"type": key, "to": to, "page": page_of(type_), "body": body}) + "\n")
                        lines += 1
            except Exception as problem:  # noqa: BLE001
                problems.append(f"{key}: {problem!r}")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{lines} bodies of {len(places)} types and {len(CLASSES)} classes", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
