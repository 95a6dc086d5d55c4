internal import CTorchShim

/// libtorch's pseudo-random generator on the CPU: a seed gives the numbers that PyTorch gives.
///
/// A generator has state; it belongs to one stream and is used by one task at a time.
package final class Generator: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer

    package init(seed: UInt64) throws(TensorError) {
        Engine.prepare()
        var error = CTError()
        guard let handle = ct_generator_new(seed, &error) else {
            throw TensorError(taking: &error, operation: "Generator.init")
        }
        self.handle = handle
    }
    deinit { ct_generator_free(handle) }
}

/// Random numbers for a batch: a stack of one stream per image, so that an image never depends on its batch.
///
/// Image `i` draws from its own generator, seeded with `seeds[i]`; with one seed the numbers are those of
/// `torch.randn(…, generator=torch.Generator().manual_seed(seed))`. Copies of a stream draw from the same generators.
public struct RandomStream: Sendable {
    /// The seed of each image's stream.
    public let seeds: [UInt64]
    private let generators: [Generator]

    private static let randnOperator = Operator("aten::randn", "generator")
    private static let randOperator = Operator("aten::rand", "generator")

    /// One stream per seed.
    public init(seeds: [UInt64]) throws(TensorError) {
        self.seeds = seeds
        var generators: [Generator] = []
        for seed in seeds { generators.append(try Generator(seed: seed)) }
        self.generators = generators
    }
    /// A stream for one image.
    public init(seed: UInt64) throws(TensorError) { try self.init(seeds: [seed]) }

    /// The number of images.
    public var count: Int { seeds.count }

    /// Unit Gaussian noise `[images] + shape`, single precision, on the CPU.
    public mutating func normal(_ shape: [Int]) throws(TensorError) -> Tensor {
        try draw(shape, Self.randnOperator)
    }
    /// Uniform numbers in [0, 1), `[images] + shape`.
    public mutating func uniform(_ shape: [Int]) throws(TensorError) -> Tensor {
        try draw(shape, Self.randOperator)
    }
    private func draw(_ shape: [Int], _ source: Operator) throws(TensorError) -> Tensor {
        var images: [Tensor] = []
        for generator in generators {
            images.append(try source(.ints([1] + shape), .generator(generator), .dtype(.float32)))
        }
        return images.count == 1 ? images[0] : try Tensor.concatenated(images)
    }

    /// A seed of its own for each (seed, purpose, index), so that every random stream is a pure function of them.
    ///
    /// FNV-1a over the purpose, mixed by SplitMix64 (Steele, Lea and Flood 2014).
    public static func derivedSeed(_ seed: UInt64, purpose: String, index: Int = 0) -> UInt64 {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in purpose.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        for word in [seed, UInt64(bitPattern: Int64(index))] {
            state = (state ^ word) &+ 0x9e37_79b9_7f4a_7c15
            state = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            state = (state ^ (state >> 27)) &* 0x94d0_49bb_1331_11eb
            state ^= state >> 31
        }
        return state
    }
}
