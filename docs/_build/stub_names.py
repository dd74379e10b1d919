"""Shows griffe, which reads the package for the reference, that names in stubs are public."""

import griffe


class StubNames(griffe.Extension):
    """Makes public what a folder's `__init__.pyi` imports: griffe counts imports as private."""

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
