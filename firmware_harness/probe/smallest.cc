// The smallest firmware that runs a model: what Flash costs beyond model, runtime and operators.
//
// resolver.h is what `mculint resolver` writes for the model. tools/code_size compiles this file
// with OPERATOR_COUNT and an operators.inc of lines OPERATOR(AddConv2D) in its place; with
// EACH_ALONE each of these operators is called in a function of its own, and none in main().
#include "core/model.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

#ifdef OPERATOR_COUNT
namespace mculint {
constexpr size_t kTensorArenaSize = 16;
using OpResolver = tflite::MicroMutableOpResolver<OPERATOR_COUNT>;

#ifdef EACH_ALONE
#define OPERATOR(add) \
  extern "C" void use_##add(OpResolver* resolver) { resolver->add(); }
#include "operators.inc"
inline void RegisterOps(OpResolver&) {}
#else
// As part of main(), which then shows what each operator adds.
__attribute__((always_inline)) inline void RegisterOps(OpResolver& resolver) {
#define OPERATOR(add) resolver.add();
#include "operators.inc"
}
#endif
}  // namespace mculint
#else
#include "resolver.h"
#endif

alignas(16) unsigned char g_arena[mculint::kTensorArenaSize];

// Read by a debugger: the firmware has no other way to say how it went.
volatile int g_result;

int main() {
  static mculint::OpResolver resolver;
  mculint::RegisterOps(resolver);
  tflite::MicroInterpreter interpreter(tflite::GetModel(harness_model_begin), resolver, g_arena,
                                       sizeof(g_arena));
  if (interpreter.AllocateTensors() != kTfLiteOk) return 1;
  interpreter.input(0)->data.int8[0] = 1;
  if (interpreter.Invoke() != kTfLiteOk) return 2;
  g_result = interpreter.output(0)->data.int8[0];
  return 0;
}
