/// Element-wise arithmetic with broadcasting, as in PyTorch.
extension Tensor {
    private static let addTensor = Operator("aten::add", "Tensor")
    private static let addScalar = Operator("aten::add", "Scalar")
    private static let subtractTensor = Operator("aten::sub", "Tensor")
    private static let subtractScalar = Operator("aten::sub", "Scalar")
    private static let reverseSubtract = Operator("aten::rsub", "Scalar")
    private static let multiplyTensor = Operator("aten::mul", "Tensor")
    private static let multiplyScalar = Operator("aten::mul", "Scalar")
    private static let divideTensor = Operator("aten::div", "Tensor")
    private static let divideScalar = Operator("aten::div", "Scalar")
    private static let reciprocalOperator = Operator("aten::reciprocal")
    private static let negateOperator = Operator("aten::neg")
    private static let powerScalar = Operator("aten::pow", "Tensor_Scalar")
    private static let addcmulOperator = Operator("aten::addcmul")
    private static let lerpOperator = Operator("aten::lerp", "Scalar")
    private static let whereOperator = Operator("aten::where", "self")
    private static let clampOperator = Operator("aten::clamp")
    private static let roundOperator = Operator("aten::round")
    private static let greaterScalar = Operator("aten::gt", "Scalar")
    private static let equalScalar = Operator("aten::eq", "Scalar")
    private static let unary: [String: Operator] = Dictionary(
        uniqueKeysWithValues: [
            "exp", "log", "sqrt", "rsqrt", "sin", "cos", "tanh", "sigmoid", "abs", "isfinite",
        ]
        .map { ($0, Operator("aten::" + $0)) })

    /// The sum.
    public static func + (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try addTensor(.tensor(left), .tensor(right))
    }
    /// The sum with a number.
    public static func + (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try addScalar(.tensor(left), .double(right))
    }
    /// The sum with a number.
    public static func + (left: Double, right: Tensor) throws(TensorError) -> Tensor { try right + left }
    /// The difference.
    public static func - (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try subtractTensor(.tensor(left), .tensor(right))
    }
    /// The difference with a number.
    public static func - (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try subtractScalar(.tensor(left), .double(right))
    }
    /// A number minus the tensor.
    public static func - (left: Double, right: Tensor) throws(TensorError) -> Tensor {
        try reverseSubtract(.tensor(right), .double(left))
    }
    /// The element-wise product.
    public static func * (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try multiplyTensor(.tensor(left), .tensor(right))
    }
    /// The product with a number.
    public static func * (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try multiplyScalar(.tensor(left), .double(right))
    }
    /// The product with a number.
    public static func * (left: Double, right: Tensor) throws(TensorError) -> Tensor { try right * left }
    /// The element-wise quotient.
    public static func / (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try divideTensor(.tensor(left), .tensor(right))
    }
    /// The quotient with a number.
    public static func / (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try divideScalar(.tensor(left), .double(right))
    }
    /// A number divided by the tensor.
    public static func / (left: Double, right: Tensor) throws(TensorError) -> Tensor {
        try reciprocalOperator(.tensor(right)) * left
    }
    /// The negative.
    public static prefix func - (operand: Tensor) throws(TensorError) -> Tensor {
        try negateOperator(.tensor(operand))
    }

    /// Each element to the power of `exponent`.
    public func power(_ exponent: Double) throws(TensorError) -> Tensor {
        try Self.powerScalar(.tensor(self), .double(exponent))
    }
    /// Each element times itself.
    public func squared() throws(TensorError) -> Tensor { try self * self }
    /// `self + scale · (left · right)` in one pass.
    public func adding(_ left: Tensor, times right: Tensor, scale: Double = 1) throws(TensorError) -> Tensor {
        try Self.addcmulOperator(.tensor(self), .tensor(left), .tensor(right), .double(scale))
    }
    /// `self + weight · (other − self)`.
    public func lerp(to other: Tensor, weight: Double) throws(TensorError) -> Tensor {
        try Self.lerpOperator(.tensor(self), .tensor(other), .double(weight))
    }
    /// `self` where `mask` is true, `other` elsewhere.
    public func selecting(where mask: Tensor, otherwise other: Tensor) throws(TensorError) -> Tensor {
        try Self.whereOperator(.tensor(mask), .tensor(self), .tensor(other))
    }
    /// Elements limited to the given bounds; nil leaves a side open.
    public func clamped(from lower: Double? = nil, to upper: Double? = nil) throws(TensorError) -> Tensor {
        try Self.clampOperator(
            .tensor(self), lower.map(Value.double) ?? .none, upper.map(Value.double) ?? .none)
    }
    /// Elements rounded half to even.
    public func rounded() throws(TensorError) -> Tensor { try Self.roundOperator(.tensor(self)) }
    /// True where an element is greater than `bound`.
    public func isGreater(than bound: Double) throws(TensorError) -> Tensor {
        try Self.greaterScalar(.tensor(self), .double(bound))
    }
    /// True where an element equals `value`.
    public func isEqual(to value: Double) throws(TensorError) -> Tensor {
        try Self.equalScalar(.tensor(self), .double(value))
    }

    private func apply(_ name: String) throws(TensorError) -> Tensor {
        guard let function = Self.unary[name] else {
            throw TensorError(kind: .unknownOperator, operation: name, engineMessage: "not in the table")
        }
        return try function(.tensor(self))
    }
    /// e to the power of each element.
    public func exp() throws(TensorError) -> Tensor { try apply("exp") }
    /// The natural logarithm.
    public func log() throws(TensorError) -> Tensor { try apply("log") }
    /// The square root.
    public func squareRoot() throws(TensorError) -> Tensor { try apply("sqrt") }
    /// One over the square root.
    public func reciprocalSquareRoot() throws(TensorError) -> Tensor { try apply("rsqrt") }
    /// The sine.
    public func sin() throws(TensorError) -> Tensor { try apply("sin") }
    /// The cosine.
    public func cos() throws(TensorError) -> Tensor { try apply("cos") }
    /// The hyperbolic tangent.
    public func tanh() throws(TensorError) -> Tensor { try apply("tanh") }
    /// The logistic function.
    public func sigmoid() throws(TensorError) -> Tensor { try apply("sigmoid") }
    /// The absolute value.
    public func magnitude() throws(TensorError) -> Tensor { try apply("abs") }
    /// True where an element is neither infinite nor not-a-number.
    public func isFinite() throws(TensorError) -> Tensor { try apply("isfinite") }
}
