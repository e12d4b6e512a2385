/// How densely an exhaustive loop is gone through: all of it, or under a sanitizer every seventh.
///
/// Loop tests are added up to LOOP_END(n) and begin with: _i *= STEP_OF_LOOP; each is a process of
/// its own, and that alone is dear under a sanitizer.
/// A sanitizer looks for wrong accesses, not wrong figures, and makes a program much slower;
/// the same loops run in full in the builds without.
#ifndef TESTS_THOROUGH_H
#define TESTS_THOROUGH_H

#if defined(__SANITIZE_ADDRESS__)
enum { STEP_OF_LOOP = 7 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { STEP_OF_LOOP = 7 };
#else
enum { STEP_OF_LOOP = 1 };
#endif
#else
enum { STEP_OF_LOOP = 1 };
#endif

#define LOOP_END(count) (((int)(count) + STEP_OF_LOOP - 1) / STEP_OF_LOOP)

#endif
