public import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension DurableFile {
    /// Takes the bytes of one file that is being written; `DurableFile.write(to:_:)` hands it out.
    ///
    /// Small pieces are gathered in a buffer of 256 KiB; larger ones go to the system as they are.
    public struct Writer: ~Copyable {
        /// The file that will appear when everything has been written.
        public let destination: URL
        /// The number of bytes taken so far.
        public private(set) var byteCount = 0

        private let target: String
        private let partial: String
        private var descriptor: Int32
        private var isPublished = false
        private var buffer: [UInt8] = []
        private static let bufferSize = 256 * 1024

        /// Begins a temporary file beside `destination`.
        ///
        /// With `replacing`, the file that stands there, or that a link there points to, will be replaced and lends its
        /// permissions; anything but a file is an error. Without, what stands there does not matter.
        init(destination: URL, replacing: Bool) throws(DurableFileError) {
            let path = try System.path(of: destination)
            let target = replacing ? System.resolvingLink(path) : path
            var mode: mode_t?
            if replacing {
                var status = stat()
                if stat(target, &status) == 0 {
                    switch status.st_mode & S_IFMT {
                    case S_IFREG: mode = status.st_mode & 0o7777
                    case S_IFDIR: throw .isFolder(destination)
                    default: throw .notARegularFile(destination)
                    }
                } else if errno != ENOENT {
                    throw System.error(errno, "look up", destination)
                }
            }
            let (descriptor, partial) = try PartialName.createFile(beside: target, for: destination)
            if let mode { fchmod(descriptor, mode) }
            self.destination = destination
            self.target = target
            self.partial = partial
            self.descriptor = descriptor
        }

        deinit {
            if descriptor >= 0 {
                if !isPublished { unlink(partial) }
                close(descriptor)
            }
        }

        /// Takes the bytes of one stretch of memory.
        public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(DurableFileError) {
            guard !bytes.isEmpty else { return }
            byteCount += bytes.count
            if buffer.count + bytes.count > Self.bufferSize { try drain() }
            if bytes.count >= Self.bufferSize {
                try send(bytes)
            } else {
                buffer.append(contentsOf: bytes)
            }
        }

        /// Takes the bytes of a sequence such as `[UInt8]`, `Data` or `String.utf8`.
        public mutating func write(_ bytes: some Sequence<UInt8>) throws(DurableFileError) {
            var failure: DurableFileError?
            let direct: Void? = bytes.withContiguousStorageIfAvailable { storage in
                do throws(DurableFileError) {
                    try write(UnsafeRawBufferPointer(storage))
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            if direct == nil {
                for byte in bytes {
                    if buffer.count == Self.bufferSize { try drain() }
                    buffer.append(byte)
                    byteCount += 1
                }
            }
        }

        /// Flushes everything and gives the file its name.
        consuming func publish() throws(DurableFileError) {
            try finish()
            guard rename(partial, target) == 0 else { throw System.error(errno, "rename to", destination) }
            isPublished = true
            try System.flushFolder(of: target, for: destination)
        }

        /// Flushes everything and gives the file the first free name.
        consuming func publishUnderFreeName() throws(DurableFileError) -> URL {
            try finish()
            var number = 1
            while true {
                let free = DurableFile.firstFreeName(for: destination, from: number)
                let path = try System.path(of: free.url)
                if let code = renameToUnused(path) {
                    guard code == EEXIST else { throw System.error(code, "rename to", free.url) }
                    number = free.number + 1
                    continue
                }
                isPublished = true
                try System.flushFolder(of: path, for: free.url)
                return free.url
            }
        }

        /// Gives the file a name that nothing has; returns nil, or the error number (`EEXIST` for a taken name).
        private func renameToUnused(_ path: String) -> Int32? {
            // A second name, unlike a new one, never replaces anything.
            if link(partial, path) == 0 {
                unlink(partial)
                return nil
            }
            if errno == EEXIST { return EEXIST }
            // A file system without second names: take the name with an empty file, then replace that.
            let reserved = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            guard reserved >= 0 else { return errno }
            close(reserved)
            if rename(partial, path) == 0 { return nil }
            let code = errno
            unlink(path)
            return code
        }

        private mutating func finish() throws(DurableFileError) {
            try drain()
            let code = System.flush(descriptor)
            if code != 0 { throw failure(code, "flush") }
        }

        private mutating func drain() throws(DurableFileError) {
            guard !buffer.isEmpty else { return }
            let full = buffer
            buffer.removeAll(keepingCapacity: true)
            var failure: DurableFileError?
            full.withUnsafeBytes { bytes in
                do throws(DurableFileError) { try send(bytes) } catch { failure = error }
            }
            if let failure { throw failure }
        }

        private mutating func send(_ bytes: UnsafeRawBufferPointer) throws(DurableFileError) {
            let code = System.writeAll(bytes, to: descriptor)
            if code != 0 { throw failure(code, "write") }
        }

        /// The error of a failed write or flush; gives the space back first, so that `free` tells what there was.
        private func failure(_ code: Int32, _ operation: String) -> DurableFileError {
            ftruncate(descriptor, 0)
            return System.error(code, operation, destination, wanted: byteCount, descriptor: descriptor)
        }
    }
}
