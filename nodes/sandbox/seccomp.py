"""The worker's own wall: a kernel filter on system calls that it cannot take down again.

After `seal()` the process, with every thread it has, opens no socket, starts no program, forks no
process, signals and inspects no other one. Such a call fails with EPERM, so a library that tries
reports an ordinary error. A call made through another architecture's table (32-bit, x32), which
would slip by these numbers, kills the process.

A program of the classic Berkeley Packet Filter is a list of instructions (code, jump if true,
jump if false, operand) over `struct seccomp_data`: the call's number at 0, the architecture at 4,
the arguments from 16.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class _Machine:
    """What differs between processors."""

    audit: int
    seccomp: int
    clone: int
    ceiling: int | None  # numbers from here on belong to another call table
    denied: tuple[int, ...]


_NEW_CALLS: Final = (
    424,  # pidfd_send_signal
    425, 426, 427,  # io_uring_setup, _enter, _register
    428, 429, 430, 431, 432, 433,  # open_tree, move_mount, fsopen, fsconfig, fsmount, fspick
    434, 438,  # pidfd_open, pidfd_getfd
    442,  # mount_setattr
)  # fmt: skip
"""Calls added since 2019 have one number everywhere."""

_CLONE3: Final = 435

_X86_64: Final = _Machine(
    audit=0xC000003E,
    seccomp=317,
    clone=56,
    ceiling=0x40000000,
    denied=(
        41, 42, 43, 44, 46, 49, 50, 53,  # socket connect accept sendto sendmsg bind listen -pair
        288, 299, 307,  # accept4 recvmmsg sendmmsg
        57, 58, 59, 322,  # fork vfork execve execveat
        62, 200, 129, 297,  # kill tkill rt_sigqueueinfo rt_tgsigqueueinfo
        101, 310, 311, 312,  # ptrace process_vm_readv process_vm_writev kcmp
        155, 161, 165, 166, 272, 308,  # pivot_root chroot mount umount2 unshare setns
        175, 313, 246, 320,  # init_module finit_module kexec_load kexec_file_load
        248, 249, 250, 298, 321, 323,  # add_key request_key keyctl perf_event bpf userfaultfd
        *_NEW_CALLS,
    ),
)  # fmt: skip

_AARCH64: Final = _Machine(
    audit=0xC00000B7,
    seccomp=277,
    clone=220,
    ceiling=None,
    denied=(
        198, 203, 202, 206, 211, 200, 201, 199,
        242, 243, 269,
        221, 281,
        129, 130, 138, 240,
        117, 270, 271, 272,
        41, 51, 40, 39, 97, 268,
        105, 273, 104, 294,
        217, 218, 219, 241, 280, 282,
        *_NEW_CALLS,
    ),
)  # fmt: skip

_MACHINES: Final = {"x86_64": _X86_64, "AMD64": _X86_64, "aarch64": _AARCH64, "arm64": _AARCH64}

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_BITS: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_KILL: Final = 0x80000000
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EPERM
_ABSENT: Final = 0x00050000 | errno.ENOSYS

_CLONE_THREAD: Final = 0x00010000
_PR_SET_NO_NEW_PRIVS: Final = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def seal() -> str | None:
    """Put up the wall for this process; say why when the system has none to offer."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or sys.maxsize < 1 << 32:
        return f"no filter for {sys.platform} on {platform.machine()}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return f"no_new_privs: {os.strerror(ctypes.get_errno())}"
    instructions = program(machine)
    filter_ = _Program(len(instructions) // 8, instructions)
    libc.syscall.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_void_p)
    if libc.syscall(machine.seccomp, _SET_MODE_FILTER, _ALL_THREADS, ctypes.addressof(filter_)):
        return f"seccomp: {os.strerror(ctypes.get_errno())}"
    if libc.socket(2, 1, 0) != -1:
        return "seccomp: a socket could still be opened"
    return None


def program(machine: _Machine) -> bytes:
    """Write the filter for one kind of processor."""
    steps = [
        (_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]  # fmt: skip
    if machine.ceiling is not None:
        steps += [(_AT_LEAST, 0, 1, machine.ceiling), (_RETURN, 0, 0, _KILL)]
    for number in machine.denied:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _DENY)]
    # The C library falls back from clone3 to clone, whose flags a filter can see: threads only.
    steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ABSENT)]
    steps += [
        (_EQUAL, 0, 3, machine.clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT), (_BITS, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, _DENY),
        (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
