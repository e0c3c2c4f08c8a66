import HTTPAPI

extension ProblemType {
    static let productExists = ProblemType(
        "product-exists", 409, "Product exists",
        meaning: "There is a product of this `product_id` already. Nothing was changed.",
        advice: "To add stock, PUT to the product's `/replenish`. For another product take another id.")

    static let tooMuchStock = ProblemType(
        "too-much-stock", 409, "Too much stock",
        meaning: "The product would have more units than a product can have. Nothing was changed.",
        advice: "Look whether the quantity is right; `detail` says what the most is.")
}
