// One update of AdamW over consecutive numbers.
CK_SET_BEGIN
namespace darkroom::CK_SET::adamw {
using namespace vectors;

static void apply(const darkroom::adamw::Update &u, float *x, const float *gradient, float *average, float *square, int64_t count) {
    const double first = 1 - std::pow(u.beta1, static_cast<double>(u.step)), second = 1 - std::pow(u.beta2, static_cast<double>(u.step));
    const auto spread = [](double value) __attribute__((always_inline)) { return all(static_cast<float>(value)); };
    const Vector factor = spread(u.gradient_factor), kept = spread(1 - u.learning_rate * u.weight_decay), away = spread(u.learning_rate / first);
    const Vector beta1 = spread(u.beta1), rest1 = spread(1 - u.beta1), beta2 = spread(u.beta2), rest2 = spread(1 - u.beta2);
    const Vector root = spread(1 / std::sqrt(second)), epsilon = spread(u.epsilon);
    each(count, [=](int64_t c, Lanes lanes) __attribute__((always_inline)) {
        const Vector g = factor * load(gradient + c, lanes);
        const Vector m = fma(rest1, g, beta1 * load(average + c, lanes));
        const Vector v = fma(rest2 * g, g, beta2 * load(square + c, lanes));
        store(average + c, lanes, m);
        store(square + c, lanes, v);
        const Vector size = fma(__builtin_elementwise_sqrt(v), root, epsilon);
        store(x + c, lanes, fma(-away, m / size, kept * load(x + c, lanes)));
    });
}

}  // namespace darkroom::CK_SET::adamw
CK_END
