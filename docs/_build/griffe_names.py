"""Tells griffe, which reads the package for the reference, what its own reading misses."""

import griffe


class PublicNames(griffe.Extension):
    """Makes public what a folder's `__init__.pyi` imports: griffe counts imports as private."""

    def on_class(self, *, cls, **kwargs):
        """Removes methods that Python calls, such as `__reduce__`."""
        for name in [name for name in cls.members if name.startswith("__") and name != "__init__"]:
            del cls[name]

    def on_package(self, *, pkg, **kwargs):
        """Walks through the package once it is read."""
        modules = [pkg]
        while modules:
            module = modules.pop()
            for member in module.members.values():
                if member.is_alias:
                    member.public = not member.runtime
                elif member.is_module:
                    modules.append(member)


class KerasExamples(griffe.Extension):
    """Reads `Example:`, as Keras writes it, as a section of code."""

    def on_object(self, *, obj, **kwargs):
        """Changes a docstring as it is read."""
        if obj.docstring:
            obj.docstring.value = obj.docstring.value.replace("\nExample:\n", "\nExamples:\n")
