"""Evaluates programs of tests/fuzz: lists of calls as JSON. Floats are float64 and integers int64 that wrap at 32 bits.

A framework is a module with `functions` (by the name of a call), `transforms` (which take functions), `array`, `cast`, `numpy`
and `evaluate`.
"""


class Unsupported(Exception):
    """A call without a counterpart in the framework."""


def leaves(tree):
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    if isinstance(tree, (list, tuple)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [tree]


def bind(pattern, value, scope):
    if pattern is None:
        return
    if isinstance(pattern, dict) and "$" in pattern:
        scope[pattern["$"]] = value
    elif isinstance(pattern, dict):
        for key, part in pattern.items():
            bind(part, value[key], scope)
    else:
        for part, v in zip(pattern, value):
            bind(part, v, scope)


class Evaluator:
    def __init__(self, framework, dtypes):
        self.framework = framework
        self.dtypes = {int(key): dtype for key, dtype in dtypes.items()}

    def resolve(self, a, scope):
        if isinstance(a, list):
            return [self.resolve(part, scope) for part in a]
        if not isinstance(a, dict):
            return a
        if "$" in a:
            return scope[a["$"]]
        if "lines" in a:
            return self.function(a, scope)
        return {key: self.resolve(part, scope) for key, part in a.items()}

    def function(self, body, scope):
        def f(*args):
            inner = dict(scope)
            for pattern, value in zip(body["parameters"], args):
                bind(pattern, value, inner)
            self.run(body["lines"], inner)
            return self.resolve(body["result"], inner)

        return f

    def run(self, lines, scope):
        for line in lines:
            call = line["call"]
            args = [self.resolve(a, scope) for a in line["args"]]
            if call in self.framework.transforms:
                on = [self.resolve(a, scope) for a in line.get("on", [])]
                result = self.framework.transforms[call](args, on)
            elif call in self.framework.functions:
                result = self.framework.functions[call](*args)
            else:
                raise Unsupported(call)
            for key, value in zip(line["results"], leaves(result)):
                # A line that no run has reached has no dtypes.
                scope[key] = self.framework.cast(value, self.dtypes[key]) if key in self.dtypes else value

    def outputs(self, program, inputs):
        scope = {given["id"]: value for given, value in zip(program["inputs"], inputs)}
        self.run(program["lines"], scope)
        return [scope[key] for key in program["outputs"]]
