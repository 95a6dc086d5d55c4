internal import CKernels
internal import CTorchShim

/// What concerns the whole tensor engine: threads, memory, versions.
public enum Engine {
    private static let prepared: Void = {
        ct_prepare_allocator()
        // Naming the kernels keeps them, and so their registrations as operators, in the program.
        _ = ck_level()
    }()

    /// Sets the allocator's thresholds before the first tensor (glibc: large blocks stay with the process).
    ///
    /// Every operator and tensor does this by itself; calling it again costs nothing. That all threads share one heap holds
    /// only when it is called before there are others.
    public static func prepare() { prepared }

    /// Threads that one operation may use; the number of processors unless set.
    ///
    /// Setting it counts for the calling thread and for threads that have not computed yet.
    public static var threadCount: Int {
        get { Int(ct_thread_count()) }
        set { ct_set_thread_count(Int32(clamping: max(1, newValue))) }
    }

    /// Tensors alive now, for leak tests.
    public static var liveTensorCount: Int { Int(ct_live_tensors()) }

    /// The largest resident memory of the process so far, in bytes.
    public static var peakMemory: Int { Int(ct_peak_memory()) }

    /// libtorch's version, such as `2.11.0`.
    public static var version: String { String(cString: ct_version()) }

    /// The vector instructions that libtorch uses here, such as `AVX512`.
    public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

    /// True when the processor multiplies bf16 natively (AVX-512 BF16 or AMX), so that bf16 is the fastest type.
    public static var multipliesBFloat16: Bool { ct_bf16_is_native() != 0 }

    /// True when products of bf16 take less time than those of single precision.
    ///
    /// That is so with AMX, or where a short measurement finds the processor's vector instruction to be so fast. Some
    /// processors have it at half the speed of plain products.
    public static let gainsByBFloat16 =
        multipliesBFloat16 && (ck_level() == KernelLevel.amx.rawValue || ck_bf16_gain() > 1)

    /// True when the processor has the vector instructions that the fused operators need.
    public static var hasFusedOperators: Bool { ck_level() > KernelLevel.stock.rawValue }

    /// True when weights in bytes are multiplied where they are, in single precision, instead of being widened as a whole first.
    package static var multipliesBytesInPlace: Bool { hasFusedOperators && ck_multiplies_in_single() != 0 }

    /// What the fused CPU operators may use.
    public enum KernelLevel: Int32, Comparable, Sendable, CaseIterable {
        /// libtorch's own operators only.
        case stock = 0
        /// AVX2 with fused products.
        case avx2 = 1
        /// AVX-512 with products of bf16.
        case avx512 = 2
        /// AMX tiles besides.
        case amx = 3

        /// Fewer instructions come first.
        public static func < (left: KernelLevel, right: KernelLevel) -> Bool {
            left.rawValue < right.rawValue
        }
    }
    /// The level that the fused CPU operators use when this thread calls them.
    public static var kernelLevel: KernelLevel {
        prepare()
        return KernelLevel(rawValue: ck_level_in_use()) ?? .stock
    }
    /// Lowers the level of the fused operators that this thread calls, for tests and comparisons; `.amx` lifts the limit.
    package static func limitKernels(to level: KernelLevel) { _ = ck_limit_level(level.rawValue) }
    /// What the fused operators that this thread calls take for faster, for tests and comparisons; nil goes by the measurement.
    ///
    /// Weights that are packed meanwhile are packed for that.
    package static func multiplyBFloat16(inSingle answer: Bool?) {
        ck_assume_single(answer.map { $0 ? 1 : 0 } ?? -1)
    }
}
