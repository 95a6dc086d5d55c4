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
        private var failure: DurableFileError?
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
                    case S_IFREG:
                        // Renaming would replace even a file that its owner protected.
                        guard access(target, W_OK) == 0 else {
                            throw System.error(errno, "replace", destination)
                        }
                        mode = status.st_mode & 0o7777
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
            if bytes.count < Self.bufferSize {
                buffer.append(contentsOf: bytes)
            } else {
                if let failure { throw failure }
                let code = System.writeAll(bytes, to: descriptor)
                if code != 0 { throw failed(code, "write") }
            }
        }

        /// Takes the bytes of a sequence such as `[UInt8]`, `Data` or `String.utf8`.
        public mutating func write(_ bytes: some Sequence<UInt8>) throws(DurableFileError) {
            // The closure cannot throw a typed error; a failure is kept all the same.
            let direct: Void? = bytes.withContiguousStorageIfAvailable { storage in
                try? write(UnsafeRawBufferPointer(storage))
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
            if code != 0 { throw failed(code, "flush") }
        }

        private mutating func drain() throws(DurableFileError) {
            if let failure { throw failure }
            let code = buffer.withUnsafeBytes { [descriptor] in System.writeAll($0, to: descriptor) }
            buffer.removeAll(keepingCapacity: true)
            if code != 0 { throw failed(code, "write") }
        }

        /// Notes a failed write or flush, for good: a body that goes on after it must not lead to a file with a hole.
        ///
        /// Gives the space back first, so that `free` tells what there was.
        private mutating func failed(_ code: Int32, _ operation: String) -> DurableFileError {
            ftruncate(descriptor, 0)
            let error = System.error(code, operation, destination, wanted: byteCount, descriptor: descriptor)
            failure = error
            return error
        }
    }
}
