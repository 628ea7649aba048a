/* SPDX-License-Identifier: MIT */
/*
 * show.h - the dxgctl commands that ask dxgd something and print the answer.
 */
#ifndef TOOLS_SHOW_H
#define TOOLS_SHOW_H

/** show_adapters - `adapters`: what dxgd offers. Return: exit status. */
int show_adapters(int argc, char **argv);

/** show_vgpu - `vgpu list|create|set|destroy …`. Return: exit status. */
int show_vgpu(int argc, char **argv);

/** show_cache - `cache`: the program cache of each vGPU. Return: exit status. */
int show_cache(int argc, char **argv);

#endif /* TOOLS_SHOW_H */
