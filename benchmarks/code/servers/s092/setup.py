import os
import platform

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

HERE = os.path.abspath(os.path.dirname(__file__))
about = {}
with open(os.path.join(HERE, "fast_diff", "_version.py"), encoding="utf-8") as file:
    exec(file.read(), about)


class OptionalBuild(build_ext):
    """The C part is a help, no need."""

    def run(self):
        if os.environ.get("FAST_DIFF_PURE") or platform.python_implementation() == "PyPy":
            return
        try:
            super().run()
        except OSError as error:
            self.warn(f"building without the C part: {error}")


setup(
    name="fast-diff-mcp",
    version=about["__version__"],
    packages=find_packages(),
    ext_modules=[Extension("fast_diff._core", ["fast_diff/_core.c"], optional=True)],
    cmdclass={"build_ext": OptionalBuild},
    install_requires=["mcp>=1.9"],
)
