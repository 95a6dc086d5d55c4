import Foundation

/// What the machine is: processor, memory, disk, and how busy it is.
enum Machine {
    /// The processor's name.
    static var processor: String {
        #if os(Linux)
            for line in lines(of: "/proc/cpuinfo") where line.hasPrefix("model name") {
                return line.split(separator: ":").dropFirst().joined(separator: ":").trimmed
            }
        #endif
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: &name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Processors that this process may use.
    static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// Bytes of memory in all.
    static var memory: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }

    /// Bytes of memory that could be had now; nil where the system does not say.
    static var freeMemory: Int? {
        for line in lines(of: "/proc/meminfo") where line.hasPrefix("MemAvailable:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }

    /// Bytes of memory that this process may still take: what the machine has free, or what its group is allowed; nil where
    /// the system does not say.
    static var obtainableMemory: Int? {
        guard let free = freeMemory else { return nil }
        let group = "/sys/fs/cgroup/memory."
        guard let most = lines(of: group + "max").first.flatMap({ Int($0) }),
            let held = lines(of: group + "current").first.flatMap({ Int($0) })
        else { return free }
        return max(0, min(free, most - held))
    }

    /// Bytes of memory that this process holds; zero where the system does not say.
    static var residentMemory: Int {
        for line in lines(of: "/proc/self/status") where line.hasPrefix("VmRSS:") {
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
                $0 * 1024
            } ?? 0
        }
        return 0
    }

    /// Bytes that may still be written below a folder; nil where the system does not say.
    static func freeDisk(at folder: URL) -> Int? {
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
        return (facts?[.systemFreeSize] as? NSNumber)?.intValue
    }

    /// Seconds that all processors together were busy since the machine started; nil where the system does not say.
    static var busySeconds: Double? {
        guard let line = lines(of: "/proc/stat").first, line.hasPrefix("cpu ") else { return nil }
        let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard ticks.count >= 5 else { return nil }
        // user, nice, system, idle, waiting, then interrupts and what a host above took.
        let busy = ticks.enumerated().filter { $0.offset != 3 && $0.offset != 4 && $0.offset < 8 }
        return busy.reduce(0) { $0 + $1.element } / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Processor seconds that this process has used.
    static var ownSeconds: Double {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func lines(of path: String) -> [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init)
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
