"""PKCS#11 modules made for tests: one that works, one that crashes, one that hangs, one for another computer."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

SOURCE = r"""
#include <string.h>
#include <unistd.h>
typedef unsigned long U;
typedef struct { unsigned char major, minor; } V;
typedef struct { V cryptoki; unsigned char maker[32]; U flags; unsigned char text[32]; V library; } I;
static U start(void *p) { (void)p; if (MODE == 1) *(volatile int *)0 = 1; if (MODE == 2) pause(); return MODE == 3 ? 5 : 0; }
static U end(void *p) { (void)p; return 0; }
static U info(I *i) { memset(i, ' ', sizeof *i); memcpy(i->text, "Made for tests", 14); i->library.major = 2;
  i->library.minor = 7; return 0; }
static struct { V v; U (*f[3])(); } table = { {2, 40}, { (U (*)())start, (U (*)())end, (U (*)())info } };
U C_GetFunctionList(void **p) { *p = &table; return 0; }
"""
MODES = {"good": 0, "crashing": 1, "hanging": 2, "refusing": 3}


def module(folder: Path, kind: str) -> Path:
    """Build a module of this kind."""
    folder.mkdir(parents=True, exist_ok=True)
    source, made = folder / f"{kind}.c", folder / f"{kind}.so"
    source.write_text(SOURCE)
    subprocess.run(["gcc", "-shared", "-fPIC", f"-DMODE={MODES[kind]}", "-o", made, source], check=True)
    return made


def foreign(folder: Path) -> Path:
    """The head of a 32-bit library."""
    made = folder / "foreign.so"
    made.write_bytes(b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HH", 3, 3) + bytes(200))
    return made
