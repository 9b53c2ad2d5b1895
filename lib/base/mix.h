/* SPDX-License-Identifier: MIT */
/* mix.h -- Numbers in sequence, spread evenly over all numbers. */
#ifndef PARLEY_BASE_MIX_H
#define PARLEY_BASE_MIX_H

#include <stdint.h>

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014); one to one. */
static inline uint64_t
mix64(uint64_t n)
{
	n ^= n >> 30;
	n *= UINT64_C(0xbf58476d1ce4e5b9);
	n ^= n >> 27;
	n *= UINT64_C(0x94d049bb133111eb);
	n ^= n >> 31;
	return n;
}

#endif
