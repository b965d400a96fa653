// LeakSanitizer calls this when it is linked in; without it this is a function nobody calls.
// GLib leaves its first table of quarks behind on purpose when the table grows, and the stack of
// that allocation shows no more than GLib itself. x265, with which FFmpeg makes test streams inside
// this process, forgets some of its tables.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)

extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libglib-2.0.so\nleak:libx265.so\n";
}
