// The smallest firmware that runs a model: what Flash costs beyond model, runtime and operators.
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

extern "C" const unsigned char g_model[];
alignas(16) unsigned char g_arena[ARENA_BYTES];

using Resolver = tflite::MicroMutableOpResolver<OPERATOR_COUNT>;

// Read by a debugger: the firmware has no other way to say how it went.
volatile int g_result;

#define OPERATOR(add) \
  extern "C" void use_##add(Resolver* resolver) { resolver->add(); }
#ifdef EACH_ALONE
#include "operators.inc"
#endif
#undef OPERATOR

int main() {
  static Resolver resolver;
#ifndef EACH_ALONE
#define OPERATOR(add) resolver.add();
#include "operators.inc"
#endif
  tflite::MicroInterpreter interpreter(tflite::GetModel(g_model), resolver, g_arena,
                                       sizeof(g_arena));
  if (interpreter.AllocateTensors() != kTfLiteOk) return 1;
  interpreter.input(0)->data.int8[0] = 1;
  if (interpreter.Invoke() != kTfLiteOk) return 2;
  g_result = interpreter.output(0)->data.int8[0];
  return 0;
}
