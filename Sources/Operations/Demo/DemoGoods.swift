/// What the demo's shop sells.
struct DemoGoods: Sendable {
    var sku: String
    var name: String
    /// US cents
    var price: Int64
    /// Units at the day's begin.
    var stock: Int64
    /// How often it is wanted, beside the others.
    var popularity: Int

    static let all = [
        DemoGoods("coffee-250", "Coffee beans, 250 g", 1_190, 400, 12),
        DemoGoods("coffee-1000", "Coffee beans, 1 kg", 3_890, 160, 7),
        DemoGoods("tea-sencha", "Sencha 煎茶, 100 g", 1_450, 120, 5),
        DemoGoods("tea-earl-grey", "Earl Grey, 50 bags", 890, 200, 5),
        DemoGoods("filter-100", "Paper filters, 100", 490, 600, 8),
        DemoGoods("grinder-hand", "Hand grinder", 7_900, 45, 4),
        DemoGoods("grinder-electric", "Electric grinder", 18_900, 14, 2),
        DemoGoods("kettle", "Gooseneck kettle", 6_450, 40, 3),
        DemoGoods("press-1l", "French press, 1 l", 3_290, 60, 3),
        DemoGoods("moka-6", "Moka pot, 6 cups", 3_990, 35, 3),
        DemoGoods("dripper", "Dripper, ceramic", 2_490, 70, 4),
        DemoGoods("scale", "Scale with timer", 5_490, 25, 2),
        DemoGoods("espresso-machine", "Espresso machine", 64_900, 4, 2),
        DemoGoods("mug-blue", "Mug, blue", 1_290, 150, 6),
        DemoGoods("mug-white", "Mug, white", 1_290, 150, 5),
        DemoGoods("cup-set", "Set of 4 espresso cups", 2_890, 50, 3),
        DemoGoods("mug-limited", "Mug, signed edition of 6", 4_900, 6, 4),
        DemoGoods("chocolate-70", "Chocolate 70 %, 100 g", 590, 500, 9),
        DemoGoods("chocolate-milk", "Milk chocolate, 100 g", 550, 400, 6),
        DemoGoods("biscuits", "Butter biscuits", 690, 250, 5),
        DemoGoods("honey", "Forest honey, 500 g", 1_150, 90, 3),
        DemoGoods("oat-milk", "Oat milk, 6 × 1 l", 1_740, 110, 4),
        DemoGoods("descaler", "Descaler, 3 × 100 ml", 1_390, 80, 2),
        DemoGoods("gift-card", "Greeting card", 350, 1_000, 6),
    ]

    private init(_ sku: String, _ name: String, _ price: Int64, _ stock: Int64, _ popularity: Int) {
        self.sku = sku
        self.name = name
        self.price = price
        self.stock = stock
        self.popularity = popularity
    }
}
