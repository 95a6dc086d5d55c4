// The one gate to libtorch: plain C, no exceptions, no policy. Every fallible call takes a CTError and returns a
// sentinel (NULL or -1) after filling it in; the caller frees the message with ct_error_free.
#ifndef CTORCH_SHIM_H
#define CTORCH_SHIM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTTensor CTTensor;        // owned; free with ct_tensor_free
typedef struct CTOperator CTOperator;    // borrowed from the dispatcher, lives as long as the process
typedef struct CTGenerator CTGenerator;  // owned; free with ct_generator_free
typedef struct CTScope CTScope;          // an entered thread-local mode; leave with ct_scope_leave on the same thread

enum { CT_OK = 0, CT_INVALID = 1, CT_OUT_OF_MEMORY = 2, CT_UNKNOWN_OPERATOR = 3, CT_UNKNOWN = 9 };
typedef struct {
    int32_t kind;
    char *message;
} CTError;
void ct_error_free(CTError *error);

enum {
    CT_VALUE_NONE, CT_VALUE_TENSOR, CT_VALUE_INT, CT_VALUE_DOUBLE, CT_VALUE_BOOL, CT_VALUE_INTS, CT_VALUE_DOUBLES,
    CT_VALUE_TENSORS, CT_VALUE_OPTIONAL_TENSORS, CT_VALUE_STRING, CT_VALUE_DEVICE, CT_VALUE_GENERATOR
};
// One boxed argument. `pointer` is a CTTensor*, int64_t*, double*, CTTensor**, char* or CTGenerator* by `kind`;
// `integer` carries an int, a bool or a device type, `count` a length or a device index.
typedef struct {
    int32_t kind;
    int64_t integer;
    double real;
    const void *pointer;
    int64_t count;
} CTValue;

// MARK: dispatch.cpp
const CTOperator *ct_operator(const char *name, const char *overload, CTError *error);
// Calls any operator; arguments that are not given take the schema's defaults. Tensor results (and members of
// tensor lists) are written to `results`; returns their number, or -1.
int64_t ct_call(const CTOperator *op, const CTValue *arguments, int64_t count, CTTensor **results, int64_t capacity,
                CTError *error);

// MARK: tensor.cpp
CTTensor *ct_tensor_from_bytes(const void *bytes, int64_t byte_count, const int64_t *sizes, int64_t rank,
                               int32_t dtype, CTError *error);
// A tensor over memory of somebody else, who is told by `release(owner)` when the last tensor over it is gone. On failure
// `release` is not called. The memory may be read-only: nothing may write to such a tensor.
CTTensor *ct_tensor_borrow(const void *bytes, int64_t byte_count, const int64_t *sizes, int64_t rank, int32_t dtype,
                           void *owner, void (*release)(void *owner), CTError *error);
void ct_tensor_free(CTTensor *tensor);
CTTensor *ct_tensor_share(const CTTensor *tensor);  // another handle to the same tensor
int64_t ct_tensor_rank(const CTTensor *tensor);
int64_t ct_tensor_size(const CTTensor *tensor, int64_t axis);
int64_t ct_tensor_count(const CTTensor *tensor);
int32_t ct_tensor_dtype(const CTTensor *tensor);
int32_t ct_tensor_device_type(const CTTensor *tensor);
int32_t ct_tensor_device_index(const CTTensor *tensor);
int ct_tensor_is_channels_last(const CTTensor *tensor);
// Copies a contiguous CPU image of the tensor (any device, any strides) into `bytes`; returns bytes written or -1.
int64_t ct_tensor_to_bytes(const CTTensor *tensor, void *bytes, int64_t capacity, CTError *error);
int ct_tensor_item(const CTTensor *tensor, double *value, CTError *error);
// What tells the memory of one tensor from that of another, the same for views of it; `bytes` is its size.
uintptr_t ct_tensor_storage(const CTTensor *tensor, int64_t *bytes);
int64_t ct_live_tensors(void);

// MARK: autograd.cpp
int ct_set_requires_gradient(CTTensor *tensor, int flag, CTError *error);
int ct_requires_gradient(const CTTensor *tensor);
int ct_backward(const CTTensor *loss, CTError *error);
CTTensor *ct_gradient(const CTTensor *tensor);
void ct_clear_gradient(CTTensor *tensor);
CTScope *ct_no_gradient_enter(void);
CTScope *ct_inference_enter(void);
CTScope *ct_autocast_enter(int32_t device_type, int32_t dtype, CTError *error);
void ct_scope_leave(CTScope *scope);
// What a checkpoint computes: owns the inputs it is handed, returns an owned tensor, or NULL after filling in the error.
typedef CTTensor *(*CTBody)(void *context, CTTensor *const *inputs, int64_t count, CTError *error);
// Runs `body` without keeping what it computes on the way; the backward pass runs it again, in the same autocast state and
// possibly on another thread. `release(context)` is called once, at the latest when the result is gone; on failure too.
CTTensor *ct_checkpoint(CTBody body, void *context, void (*release)(void *context), const CTTensor *const *inputs,
                        int64_t count, CTError *error);

// MARK: random.cpp
CTGenerator *ct_generator_new(uint64_t seed, CTError *error);
void ct_generator_free(CTGenerator *generator);

// MARK: ranks.cpp
typedef struct CTStore CTStore;  // owned; free with ct_store_free
typedef struct CTGroup CTGroup;  // owned; free with ct_group_free, which waits for what is under way
typedef struct CTWork CTWork;    // owned; free with ct_work_free
// A connection to the store of keys at host and port, kept by this process when `is_host`; waits at most `seconds`, as do
// later calls that wait. Every key begins with `prefix`.
CTStore *ct_store_open(const char *host, int32_t port, int is_host, const char *prefix, double seconds, CTError *error);
void ct_store_free(CTStore *store);
int ct_store_set(CTStore *store, const char *key, const char *value, CTError *error);
char *ct_store_get(CTStore *store, const char *key, CTError *error);  // waits for the key; free the text with free()
int ct_store_has(CTStore *store, const char *key, CTError *error);    // 1, 0, or -1
int ct_store_wait(CTStore *store, const char *const *keys, int64_t count, double seconds, CTError *error);
int ct_store_add(CTStore *store, const char *key, int64_t amount, int64_t *sum, CTError *error);
int ct_store_counters(CTStore *store, const char *const *keys, int64_t count, int64_t *values, CTError *error);
// Connects `count` processes within `seconds`; a sum or a broadcast then fails after `longest` seconds.
CTGroup *ct_group_open(CTStore *store, int32_t rank, int32_t count, double seconds, double longest, CTError *error);
void ct_group_free(CTGroup *group);
// Both begin to change the tensor (contiguous, on the CPU) in place and return at once.
CTWork *ct_group_sum(CTGroup *group, CTTensor *tensor, CTError *error);
CTWork *ct_group_broadcast(CTGroup *group, CTTensor *tensor, int32_t root, CTError *error);
int ct_work_state(CTWork *work, CTError *error);  // 0 under way, 1 done, -1 failed
void ct_work_free(CTWork *work);

// MARK: device.cpp
void ct_prepare_allocator(void);
void ct_set_thread_count(int32_t count);
int32_t ct_thread_count(void);
int ct_open_cuda(void);
int32_t ct_cuda_count(void);
int ct_mps_available(void);
const char *ct_version(void);
const char *ct_cpu_capability(void);
int ct_bf16_is_native(void);
int64_t ct_peak_memory(void);

#ifdef __cplusplus
}
#endif
#endif
