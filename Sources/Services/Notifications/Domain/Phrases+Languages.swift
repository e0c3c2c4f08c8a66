extension Phrases {
    static let english = Phrases(
        greeting: ("Hello ", ",\n\n"), order: "Your order ",
        confirmed: Step(subject: " is confirmed", sentence: ("Thank you for your order ", ". It is confirmed.")),
        shipped: Step(
            subject: " is on its way", sentence: ("Your order ", " has left our house and is on its way to you.")),
        delivered: Step(subject: " was delivered", sentence: ("Your order ", " was delivered. Enjoy it!")),
        cancelled: Step(subject: " is cancelled", sentence: ("Your order ", " is cancelled.")),
        cancelledBecause: " is cancelled: ", carrier: "Carrier: ", trackingNumber: "Tracking number: ",
        about: "About your order ", total: "Total: ",
        item: " item, ", items: " items, ", shop: "Your shop")

    static let german = Phrases(
        greeting: ("Guten Tag ", ",\n\n"), order: "Ihre Bestellung ",
        confirmed: Step(
            subject: " ist bestätigt", sentence: ("Vielen Dank für Ihre Bestellung ", ". Sie ist bestätigt.")),
        shipped: Step(
            subject: " ist unterwegs",
            sentence: ("Ihre Bestellung ", " hat unser Haus verlassen und ist auf dem Weg zu Ihnen.")),
        delivered: Step(
            subject: " wurde zugestellt", sentence: ("Ihre Bestellung ", " wurde zugestellt. Viel Freude damit!")),
        cancelled: Step(subject: " ist storniert", sentence: ("Ihre Bestellung ", " ist storniert.")),
        cancelledBecause: " ist storniert: ", carrier: "Versand mit: ", trackingNumber: "Sendungsnummer: ",
        about: "Zu Ihrer Bestellung ", total: "Summe: ",
        item: " Artikel, ", items: " Artikel, ", shop: "Ihr Shop", decimalMark: ",")

    static let spanish = Phrases(
        greeting: ("Hola, ", ":\n\n"), order: "Su pedido ",
        confirmed: Step(subject: " está confirmado", sentence: ("Gracias por su pedido ", ". Está confirmado.")),
        shipped: Step(
            subject: " está en camino", sentence: ("Su pedido ", " ha salido de nuestra casa y está en camino.")),
        delivered: Step(
            subject: " ha sido entregado", sentence: ("Su pedido ", " ha sido entregado. ¡Que lo disfrute!")),
        cancelled: Step(subject: " está cancelado", sentence: ("Su pedido ", " está cancelado.")),
        cancelledBecause: " está cancelado: ", carrier: "Transportista: ", trackingNumber: "Número de seguimiento: ",
        about: "Acerca de su pedido ", total: "Total: ",
        item: " artículo, ", items: " artículos, ", shop: "Su tienda", decimalMark: ",")

    static let french = Phrases(
        greeting: ("Bonjour ", ",\n\n"), order: "Votre commande ",
        confirmed: Step(subject: " est confirmée", sentence: ("Merci pour votre commande ", ". Elle est confirmée.")),
        shipped: Step(
            subject: " est en route", sentence: ("Votre commande ", " a quitté notre maison et est en route.")),
        delivered: Step(
            subject: " a été livrée", sentence: ("Votre commande ", " a été livrée. Profitez-en bien !")),
        cancelled: Step(subject: " est annulée", sentence: ("Votre commande ", " est annulée.")),
        cancelledBecause: " est annulée : ", carrier: "Transporteur : ", trackingNumber: "Numéro de suivi : ",
        about: "Au sujet de votre commande ", total: "Total : ",
        item: " article, ", items: " articles, ", shop: "Votre boutique", decimalMark: ",")

    static let italian = Phrases(
        greeting: ("Buongiorno ", ",\n\n"), order: "Il suo ordine ",
        confirmed: Step(subject: " è confermato", sentence: ("Grazie per il suo ordine ", ". È confermato.")),
        shipped: Step(
            subject: " è in viaggio", sentence: ("Il suo ordine ", " ha lasciato la nostra sede ed è in viaggio.")),
        delivered: Step(
            subject: " è stato consegnato", sentence: ("Il suo ordine ", " è stato consegnato. Grazie ancora!")),
        cancelled: Step(subject: " è annullato", sentence: ("Il suo ordine ", " è annullato.")),
        cancelledBecause: " è annullato: ", carrier: "Corriere: ", trackingNumber: "Numero di spedizione: ",
        about: "A proposito del suo ordine ", total: "Totale: ",
        item: " articolo, ", items: " articoli, ", shop: "Il suo negozio", decimalMark: ",")

    static let dutch = Phrases(
        greeting: ("Beste ", ",\n\n"), order: "Uw bestelling ",
        confirmed: Step(
            subject: " is bevestigd", sentence: ("Bedankt voor uw bestelling ", ". De bestelling is bevestigd.")),
        shipped: Step(
            subject: " is onderweg", sentence: ("Uw bestelling ", " heeft ons huis verlaten en is naar u onderweg.")),
        delivered: Step(
            subject: " is bezorgd", sentence: ("Uw bestelling ", " is bezorgd. Veel plezier ermee!")),
        cancelled: Step(subject: " is geannuleerd", sentence: ("Uw bestelling ", " is geannuleerd.")),
        cancelledBecause: " is geannuleerd: ", carrier: "Vervoerder: ", trackingNumber: "Volgnummer: ",
        about: "Over uw bestelling ", total: "Totaal: ",
        item: " artikel, ", items: " artikelen, ", shop: "Uw winkel", decimalMark: ",")
}
