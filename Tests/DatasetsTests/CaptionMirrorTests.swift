import Datasets
import Testing

@Suite struct CaptionMirrorTests {
    @Test(arguments: [
        ("a red cone to the left of a blue cube", "a red cone to the right of a blue cube"),
        ("Left: a cat. RIGHT: a dog, leftmost a bird", "Right: a cat. LEFT: a dog, rightmost a bird"),
        ("a house, lit from the left", "a house, lit from the right"),
        ("the left-hand door opens right-wards", "the right-hand door opens left-wards"),
        ("a bright light on the copyright page", "a bright light on the copyright page"),
        (
            "a white house on the left and a tree on the right",
            "a white house on the right and a tree on the left"
        ),
        ("", ""), ("une maison", "une maison"),
    ])
    func leftAndRightChangePlaces(caption: String, expected: String) {
        #expect(CaptionMirror.mirrored(caption) == expected)
        #expect(CaptionMirror.mirrored(expected) == caption)
    }

    @Test(arguments: [
        "a bag left behind on a bench", "all right", "nothing left", "a sign that says stop",
        "the word hello",
        "a wheel turning clockwise", "a \"left\" poster", "the clock on the wall", "a map of the east",
        "human rights", "the train has left", "a right angle",
    ])
    func whatAMirrorWouldShowWronglyIsLeftAsItIs(caption: String) {
        #expect(CaptionMirror.mirrored(caption) == nil)
    }
}
