/// Builds a function for the baseline processor, AVX2 and AVX-512, chosen when the program starts.
///
/// Model    wider registers only: no fused multiply-add, so all versions give the same bits
/// Build    -DSIMD_IS_OFF leaves the baseline alone (CI compares the bits of both)
/// Threads  no state
#ifndef ECU_MODEL_SIMD_H
#define ECU_MODEL_SIMD_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIMD_IS_OFF 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SIMD_IS_OFF 1
#endif
#endif

/* Sanitizers instrument the chooser, which runs before they are ready. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(SIMD_IS_OFF)
#define SIMD_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SIMD_CLONES
#endif

/* A line of the cache: wide loads from rows that begin with one never straddle two. */
enum { SIMD_LINE_bytes = 64 };

/* Before a loop whose turns do not depend on each other, where the compiler cannot see it. */
#if defined(__GNUC__) && !defined(__clang__)
#define SIMD_LOOP _Pragma("GCC ivdep") _Pragma("GCC unroll 4")
#else
#define SIMD_LOOP
#endif

/* Before a short loop that is to be laid out in full. */
#if defined(__clang__)
#define SIMD_WHOLE _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define SIMD_WHOLE _Pragma("GCC unroll 16")
#else
#define SIMD_WHOLE
#endif

#endif
