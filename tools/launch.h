/* SPDX-License-Identifier: MIT */
/*
 * launch.h - `dxgctl run` and `dxgctl vm run`: start a command so that it sees a vGPU.
 */
#ifndef TOOLS_LAUNCH_H
#define TOOLS_LAUNCH_H

/**
 * launch_run - `run [--vgpu NAME] [--all-platforms] -- CMD…`: replaces this process by CMD, with the
 * environment pointing to dxgd's socket and to opendxg's OpenCL platform alone.
 * Return: exit status, only when CMD could not be started.
 */
int launch_run(int argc, char **argv);

/**
 * launch_vm - `vm run [options] -- CMD…`: the same in a throw-away virtual machine.
 * Return: exit status, only when the virtual machine could not be started.
 */
int launch_vm(int argc, char **argv);

#endif /* TOOLS_LAUNCH_H */
