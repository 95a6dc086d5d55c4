/// What a request will take, told before anything is loaded; `darkroom generate --plan --json` prints it.
public struct GenerationPlan: Codable, Equatable, Sendable {
    /// The most memory that the process will hold, in bytes.
    public var peakMemoryBytes: Int
    /// What that is made of.
    public var memory: Memory
    /// Bytes that the process may hold before the machine is full; nil where the system does not say.
    public var availableMemoryBytes: Int?
    /// Operations of the networks.
    public var work: Work
    /// Seconds by part; nil when the machine's speed was not measured.
    public var seconds: Seconds?
    /// What would make it fit, the cheapest change first; empty when it does.
    public var changes: [String]

    /// Bytes by part.
    public struct Memory: Codable, Equatable, Sendable {
        /// The program with its libraries, and what it held when it was asked.
        public var program: Int
        /// The weights of all parts, in the types that they are kept in, with what it takes to multiply those in bytes.
        public var weights: Int
        /// Activations of one call of the denoising network.
        public var network: Int
        /// Activations of making a latent into pixels; zero for models that draw pixels.
        public var decoding: Int

        /// Bytes by part.
        public init(program: Int, weights: Int, network: Int, decoding: Int) {
            (self.program, self.weights) = (program, weights)
            (self.network, self.decoding) = (network, decoding)
        }
    }

    /// Multiplications and additions, and bytes moved beside them.
    public struct Work: Codable, Equatable, Sendable {
        /// Calls of the denoising network, all pictures together.
        public var calls: Int
        /// Pictures.
        public var pictures: Int
        /// Operations of a call.
        public var networkOperations: Double
        /// Bytes that a call moves outside of products.
        public var networkBytes: Double
        /// Operations of one decoding.
        public var decodingOperations: Double
        /// Bytes that it moves outside of products.
        public var decodingBytes: Double

        /// Work as counted.
        public init(
            calls: Int, pictures: Int, networkOperations: Double, networkBytes: Double,
            decodingOperations: Double, decodingBytes: Double
        ) {
            (self.calls, self.pictures) = (calls, pictures)
            (self.networkOperations, self.networkBytes) = (networkOperations, networkBytes)
            (self.decodingOperations, self.decodingBytes) = (decodingOperations, decodingBytes)
        }

        /// Seconds on a machine that multiplies and moves so much a second.
        ///
        /// - Parameters:
        ///   - operationsASecond: of products in the type that is computed with.
        ///   - networkOperationsASecond: of the denoising network's products where they are of another type; nil where not.
        ///   - bytesASecond: read and written besides.
        /// - Returns: seconds by part.
        public func seconds(
            operationsASecond: Double, networkOperationsASecond: Double? = nil, bytesASecond: Double
        ) -> Seconds {
            func time(_ operations: Double, _ bytes: Double, _ rate: Double) -> Double {
                operations / max(1, rate) + bytes / max(1, bytesASecond)
            }
            let call = time(networkOperations, networkBytes, networkOperationsASecond ?? operationsASecond)
            let decode = time(decodingOperations, decodingBytes, operationsASecond) * Double(pictures)
            return Seconds(call: call, decode: decode, total: call * Double(calls) + decode)
        }
    }

    /// Seconds by part, loading left out.
    public struct Seconds: Codable, Equatable, Sendable {
        /// One call of the denoising network.
        public var call: Double
        /// All decodings.
        public var decode: Double
        /// All calls and decodings.
        public var total: Double

        /// Seconds by part.
        public init(call: Double, decode: Double, total: Double) {
            (self.call, self.decode, self.total) = (call, decode, total)
        }
    }

    /// False when the machine has not the memory.
    public var fits: Bool { availableMemoryBytes.map { peakMemoryBytes <= $0 } ?? true }

    /// A plan as computed.
    public init(
        memory: Memory, availableMemoryBytes: Int?, work: Work, seconds: Seconds? = nil,
        changes: [String] = []
    ) {
        self.memory = memory
        peakMemoryBytes = memory.program + memory.weights + max(memory.network, memory.decoding)
        (self.availableMemoryBytes, self.work) = (availableMemoryBytes, work)
        (self.seconds, self.changes) = (seconds, changes)
    }

    enum CodingKeys: String, CodingKey {
        case peakMemoryBytes = "peak_memory_bytes"
        case memory
        case availableMemoryBytes = "available_memory_bytes"
        case work, seconds, changes
    }
}
