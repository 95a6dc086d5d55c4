// Any operator by its schema name, with boxed arguments.
#include <ATen/core/dispatch/Dispatcher.h>

#include "guard.hpp"

using darkroom::guarded;

namespace {

c10::IValue unbox(const CTValue &v) {
    switch (v.kind) {
        case CT_VALUE_TENSOR: return static_cast<const CTTensor *>(v.pointer)->value;
        case CT_VALUE_INT: return v.integer;
        case CT_VALUE_DOUBLE: return v.real;
        case CT_VALUE_BOOL: return v.integer != 0;
        case CT_VALUE_STRING: return std::string(static_cast<const char *>(v.pointer));
        case CT_VALUE_DEVICE:
            TORCH_CHECK(v.count >= -1 && v.count <= INT8_MAX, "there is no device of index ", v.count);
            return c10::Device(static_cast<c10::DeviceType>(v.integer), static_cast<c10::DeviceIndex>(v.count));
        case CT_VALUE_GENERATOR: return static_cast<const CTGenerator *>(v.pointer)->value;
        case CT_VALUE_INTS: {
            auto *first = static_cast<const int64_t *>(v.pointer);
            return c10::List<int64_t>(c10::ArrayRef<int64_t>(first, v.count));
        }
        case CT_VALUE_DOUBLES: {
            auto *first = static_cast<const double *>(v.pointer);
            return c10::List<double>(c10::ArrayRef<double>(first, v.count));
        }
        case CT_VALUE_TENSORS: {
            c10::List<at::Tensor> list;
            list.reserve(v.count);
            auto *first = static_cast<CTTensor *const *>(v.pointer);
            for (int64_t i = 0; i < v.count; i++) list.push_back(first[i]->value);
            return list;
        }
        case CT_VALUE_OPTIONAL_TENSORS: {
            c10::List<std::optional<at::Tensor>> list;
            list.reserve(v.count);
            auto *first = static_cast<CTTensor *const *>(v.pointer);
            for (int64_t i = 0; i < v.count; i++) {
                list.push_back(first[i] ? std::optional<at::Tensor>(first[i]->value) : std::nullopt);
            }
            return list;
        }
        default: return c10::IValue();
    }
}

}  // namespace

const CTOperator *ct_operator(const char *name, const char *overload, CTError *error) {
    return guarded<const CTOperator *>(error, nullptr, [&]() -> const CTOperator * {
        auto found = c10::Dispatcher::singleton().findSchema({name, overload});
        if (!found) {
            darkroom::fill(error, CT_UNKNOWN_OPERATOR, "libtorch has no operator of that name");
            return nullptr;
        }
        // A handle is a pointer into the dispatcher's table; this copy lives as long as the process on purpose.
        return reinterpret_cast<const CTOperator *>(new c10::OperatorHandle(*found));
    });
}

int64_t ct_call(const CTOperator *op, const CTValue *arguments, int64_t count, CTTensor **results, int64_t capacity,
                CTError *error) {
    return guarded<int64_t>(error, -1, [&]() -> int64_t {
        auto *handle = reinterpret_cast<const c10::OperatorHandle *>(op);
        const auto &schema = handle->schema().arguments();
        TORCH_CHECK(count <= static_cast<int64_t>(schema.size()), "takes at most ", schema.size(), " arguments, got ", count);
        torch::jit::Stack stack;
        stack.reserve(schema.size());
        for (int64_t i = 0; i < count; i++) stack.push_back(unbox(arguments[i]));
        for (size_t i = count; i < schema.size(); i++) {
            const auto &fallback = schema[i].default_value();
            TORCH_CHECK(fallback.has_value(), "needs the argument `", schema[i].name(), "`");
            stack.push_back(*fallback);
        }
        handle->callBoxed(stack);
        std::vector<at::Tensor> tensors;
        for (auto &value : stack) {
            if (value.isTensor()) {
                tensors.push_back(std::move(value).toTensor());
            } else if (value.isTensorList()) {
                for (auto &&member : value.toTensorVector()) tensors.push_back(std::move(member));
            }
        }
        const auto total = static_cast<int64_t>(tensors.size());
        TORCH_CHECK(total <= capacity, "gave ", total, " tensors where at most ", capacity, " were expected");
        for (int64_t i = 0; i < total; i++) results[i] = darkroom::own(std::move(tensors[i]));
        return total;
    });
}
