public import Images

/// A numbered collection of training examples: the same index always gives the same example.
public protocol ExampleStore: Sendable {
    /// What one index gives.
    associatedtype Example: Sendable
    /// How many examples there are; valid indices are `0..<count`.
    var count: Int { get }
    /// The example of one index, the same on every call and from every thread.
    func example(at index: Int) throws -> Example
}

/// A picture and the sentence that describes it.
public struct CaptionedImage: Hashable, Sendable {
    /// The picture, 8 bits a channel, sRGB.
    public let image: Image
    /// What is to be seen in it, in English.
    public let caption: String

    /// Joins a picture and its sentence.
    public init(image: Image, caption: String) {
        self.image = image
        self.caption = caption
    }
}
