/* A Porcupine of version VERSION (MAJOR), for tests: it finds the keyword N in
 * samples of which the first is 1000 + N, and writes what it was begun with
 * beside its model. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifndef LENGTH
#define LENGTH 512
#endif

const char *pv_porcupine_version(void) { return VERSION; }
int32_t pv_porcupine_frame_length(void) { return LENGTH; }
int32_t pv_sample_rate(void) { return 16000; }
const char *pv_status_to_string(int32_t status) { return status == 3 ? "INVALID_ARGUMENT" : "OTHER"; }

static int object;

static int32_t begin(const char *key, const char *model, const char *device, int32_t count,
                     const char *const *paths, const float *ease, void **out) {
  char name[4096];
  snprintf(name, sizeof name, "%s.begun", model);
  FILE *file = fopen(name, "w");
  if (!file) return 2;
  fprintf(file, "%s %s", key ? key : "-", device ? device : "-");
  for (int32_t n = 0; n < count; n++) fprintf(file, " %s=%.2f", strrchr(paths[n], '/') + 1, ease[n]);
  fclose(file);
  /* A key "status 9" has it answer so. */
  if (key && !strncmp(key, "status ", 7)) { int status = 0; sscanf(key + 7, "%d", &status); return status; }
  *out = &object;
  return 0;
}

#if MAJOR == 1
int32_t pv_porcupine_init(const char *model, int32_t count, const char *const *paths, const float *ease, void **out) {
  return begin(0, model, 0, count, paths, ease, out);
}
#elif MAJOR == 4
int32_t pv_porcupine_init(const char *key, const char *model, const char *device, int32_t count,
                          const char *const *paths, const float *ease, void **out) {
  return begin(key, model, device, count, paths, ease, out);
}
int32_t pv_porcupine_list_hardware_devices(char ***devices, int32_t *count) { return 0; }
#else
int32_t pv_porcupine_init(const char *key, const char *model, int32_t count, const char *const *paths,
                          const float *ease, void **out) {
  return begin(key, model, 0, count, paths, ease, out);
}
#endif

#if MAJOR >= 3
static char *lines[] = {"Failed to parse AccessKey", 0, "see the console"};
int32_t pv_get_error_stack(char ***stack, int32_t *depth) { *stack = lines; *depth = 3; return 0; }
void pv_free_error_stack(char **stack) {}
#endif

#ifndef NO_PROCESS
int32_t pv_porcupine_process(void *self, const int16_t *samples, int32_t *index) {
  if (self != &object) return 6;
  if (samples[0] == 999) return 7;
  *index = samples[0] >= 1000 && samples[0] < 1010 ? samples[0] - 1000 : -1;
  return 0;
}
#endif
void pv_porcupine_delete(void *self) {}
