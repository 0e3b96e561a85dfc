"""PKCS#11 modules that fail: SoftHSM with one function replaced by one that crashes or never returns. Needs a C compiler."""

from __future__ import annotations

import subprocess
from enum import IntEnum
from pathlib import Path
from typing import Final

from certtray_sandbox.cards.service import RigUnavailable
from certtray_sandbox.cards.softhsm import MODULE

SOURCE: Final = r"""
#include <dlfcn.h>
#include <unistd.h>
typedef struct { unsigned char version[sizeof(void *)]; void *at[68]; } Table;
static Table table;
static unsigned long fails(void) {
  if (CRASHES) *(volatile int *)0 = 1;
  for (;;) pause();
}
unsigned long C_GetFunctionList(Table **out) {
  unsigned long (*get)(Table **);
  Table *real;
  void *library = dlopen(REAL, RTLD_NOW);
  if (!library) return 5;
  get = (unsigned long (*)(Table **))dlsym(library, "C_GetFunctionList");
  if (get(&real)) return 5;
  table = *real;
  table.at[AT] = fails;
  *out = &table;
  return 0;
}
"""


class Function(IntEnum):
    """Where a function stands in CK_FUNCTION_LIST (PKCS#11 v2.40, 3.6)."""

    INITIALIZE = 0
    GET_TOKEN_INFO = 6
    SET_PIN = 11
    LOGIN = 18
    SIGN = 43
    GENERATE_KEY_PAIR = 59


def failing_module(folder: Path, function: Function, *, crashes: bool) -> Path:
    """Build a module that crashes (or hangs) in ``function``; RigUnavailable without a compiler."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{'crash' if crashes else 'hang'}-{function.name.lower()}.so"
    flags = [f"-DAT={function.value}", f"-DCRASHES={int(crashes)}", f'-DREAL="{MODULE}"']
    try:
        subprocess.run(  # noqa: S603
            ["cc", "-shared", "-fPIC", *flags, "-x", "c", "-", "-o", made, "-ldl"],  # noqa: S607
            input=SOURCE.encode(),
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        raise RigUnavailable("gcc") from None
    return made
