/// Where the viewer stands and what part of the scene fills the frame.
struct Camera {
    let position: Vector
    let forward: Vector
    let right: Vector
    let up: Vector
    /// Half the frame's width at distance 1.
    let spread: Float

    init(position: Vector, target: Vector, spread: Float) {
        self.position = position
        self.spread = spread
        forward = (target - position).normalized
        right = Vector(0, 1, 0).cross(forward).normalized
        up = forward.cross(right)
    }

    /// The x of a point at a depth whose ball of radius `reach` lies as near to `wish` as the frame allows.
    ///
    /// `wish` is a place across the frame, -1...1; the ball keeps a small margin from the frame's sides.
    func across(_ wish: Float, z: Float, reach: Float) -> Float {
        var x = position.x
        for _ in 0..<3 {
            let offset = Vector(x, 0.5, z) - position
            let half = max(offset.dot(forward), 0.5) * spread
            let near = max(offset.dot(forward) - 0.55 * reach, 0.5) * spread
            let limit = max(0.96 - reach / near, 0) * near / half
            let place = min(max(wish, -limit), limit)
            x += (place * half - offset.dot(right)) / right.x
        }
        return x
    }

    /// The ray through a point of the frame; both coordinates in -1...1, `y` upward.
    @inline(__always) func ray(_ x: Float, _ y: Float) -> Ray {
        Ray(origin: position, direction: (forward + (right * x + up * y) * spread).normalized)
    }
}
