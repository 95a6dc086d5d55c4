internal import CTorchShim

/// Where a tensor lives and computes.
public enum Device: Hashable, Sendable, CustomStringConvertible {
    /// The host's processors.
    case cpu
    /// An NVIDIA GPU by index; opened at run time, never linked.
    case cuda(Int)
    /// Apple's Metal Performance Shaders.
    case mps
    /// Shapes without numbers: what is computed here takes neither time nor memory. For `Tally`.
    case meta

    /// `cpu`, `cuda:0`, `mps`.
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        case .mps: "mps"
        case .meta: "meta"
        }
    }

    /// Reads `cpu`, `cuda`, `cuda:1`, `mps`; nil for anything else.
    public init?(_ name: String) {
        switch name {
        case "cpu": self = .cpu
        case "mps": self = .mps
        case "cuda": self = .cuda(0)
        default:
            // libtorch counts devices in eight bits.
            guard name.hasPrefix("cuda:"), let index = Int8(name.dropFirst(5)), index >= 0 else { return nil }
            self = .cuda(Int(index))
        }
    }

    /// The devices of this machine, best first; the CPU is always among them.
    public static var available: [Device] {
        var found: [Device] = []
        if ct_open_cuda() != 0 { found += (0..<Int(ct_cuda_count())).map(Device.cuda) }
        if ct_mps_available() != 0 { found.append(.mps) }
        return found + [.cpu]
    }

    /// True when products of bf16 are faster than those of single precision, memory apart.
    public var gainsByBFloat16: Bool { self == .cpu ? Engine.gainsByBFloat16 : multipliesBFloat16 }

    /// True when networks of bf16 take no longer than those of single precision, and half the memory: where the device
    /// multiplies it, or the fused operators do so in single precision.
    public var affordsBFloat16: Bool { multipliesBFloat16 || self == .cpu && Engine.hasFusedOperators }

    /// True when the device multiplies bf16 by itself: NVIDIA GPUs, and processors with AVX-512 BF16 or AMX.
    public var multipliesBFloat16: Bool {
        switch self {
        case .cpu: Engine.multipliesBFloat16
        case .cuda: true
        case .mps, .meta: false
        }
    }

    /// libtorch's `DeviceType` number.
    var typeNumber: Int32 {
        switch self {
        case .cpu: 0
        case .cuda: 1
        case .mps: 13
        case .meta: 14
        }
    }
    /// libtorch's device index.
    var index: Int {
        if case .cuda(let index) = self { return index }
        return self == .cpu || self == .meta ? -1 : 0
    }
    init(typeNumber: Int32, index: Int32) {
        switch typeNumber {
        case 1: self = .cuda(Int(index))
        case 13: self = .mps
        case 14: self = .meta
        default: self = .cpu
        }
    }
}
