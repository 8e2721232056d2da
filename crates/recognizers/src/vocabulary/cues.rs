//! Labels and phrases that announce a value.

use super::Row;
use crate::tags::Tags;

/// Cues by kind of value.
pub const CUES: &[Row] = &[
    (
        Tags::ACCOUNT,
        "account|account number|account no|account num|account id|acct|acct no|acct number|accountnumber|a/c|a/c no|a/c number|bank account|bank account number|bank acct|\
         checking account|checking account number|checking|checking acct|savings account|savings account number|savings acct|savings|current account|deposit account|\
         bank a/c|beneficiary account|acc|acc no|acc number|acc nr|acct num|acct nr|acct #|account nr|account #|account num.|beneficiary a/c|chequing account|cheque account|payroll account|giro account|iban or account|direct deposit|sort code|\
         cuenta|cuenta bancaria|número de cuenta|n.º de cuenta|nº de cuenta|no. de cuenta|num. de cuenta|cuenta corriente|cuenta de ahorro|cuenta de ahorros|ccc|cta|cta. cte|\
         número de cuenta bancaria|cuenta de cheques|clabe",
    ),
    (
        Tags::ROUTING,
        "routing|routing number|routing no|routing num|routing code|routing transit number|bank routing|bank routing number|aba|aba number|aba no|rt|rt no|aba routing|aba routing number|\
         aba routing no|aba/routing|aba/rtn|rtn|rtn no|transit routing number|transit number|ach routing|wire routing|ach number|transit no|transit #|fedwire|fedwire number|aba #|aba routing #|routing #|routing nr|bank rtn|número de ruta|código de ruta|número aba|ruta bancaria",
    ),
    (
        Tags::CARD,
        "card|card number|card no|card num|card nr|card #|credit card #|debit card #|debit card no|credit/debit card|account card|plastic|payment method|visa debit|visa electron|mc|cardnumber|credit card|credit card number|credit card no|debit card|debit card number|card on file|cc|cc number|cc no|cc num|ccn|ccnum|\
         pan (card)|payment card|bank card|charge card|visa|visa card|mastercard|master card|amex|american express|discover|diners|diners club|jcb|unionpay|maestro|\
         prepaid card|gift card|corporate card|primary account number|\
         tarjeta|tarjeta de crédito|tarjeta de débito|número de tarjeta|nº de tarjeta|n.º de tarjeta|no. de tarjeta|tarjeta bancaria|tarjeta número",
    ),
    (
        Tags::CVV,
        "cvv|cvv2|cvc|cvc2|cid|csc|cvn|cvv code|cvc code|cvv number|cvv no|security code|card security code|card verification|card verification value|card verification code|\
         verification code|sec code|sec. code|security no|card code|cvv/cvc|cvc/cvv|three digits|3 digits|last three digits|last 3 digits|three digits on the back|3 digits on the back|signature panel|signature strip|code on the reverse|code on the back|digits on the back|number on the back|three digit code|3 digit code|four digit code|3-digit security code|three-digit security code|\
         code on the back of the card|código de seguridad|código cvv|código de verificación|código cvc|dígitos del reverso",
    ),
    (
        Tags::EXPIRY,
        "exp|exp date|exp. date|expdate|expiry|expiry date|expires|expires on|expires end|expiration|expiration date|expiring|expire|valid thru|valid through|valid until|valid to|valid till|valid til|valid up to|valid upto|good until|good till|card expiry|end date (card)|good thru|\
         good through|exp mm/yy|mm/yy|card expires|validthru|expira|vence|vencimiento|fecha de vencimiento|caduca|caducidad|fecha de caducidad|fecha de expiración|expiración|válida hasta|cad",
    ),
    (
        Tags::PIN,
        "pin|pin code|pin number|pin no|pin #|pincode|bank pin|new pin|old pin|sim pin|phone pin|security pin|keypad code|alarm code|atm pin|card pin|voicemail pin|debit pin|personal identification number|passcode|door code|gate code|unlock code|access code|\
         código pin|número pin|clave pin|pin de la tarjeta|pin de mi tarjeta|pin de su tarjeta|número de identificación personal",
    ),
    (
        Tags::EMAIL,
        "email|e-mail|email address|e-mail address|mail|mail address|contact email|correo|correo electrónico|dirección de correo|correo-e",
    ),
    (
        Tags::ADDRESS,
        "address|addr|home address|mailing address|street address|shipping address|billing address|postal address|residential address|business address|delivery address|work address|\
         permanent address|current address|present address|registered address|correspondence address|address line|address line 1|residence|place of residence|resides at|residing at|\
         lives at|live at|living at|lived at|located at|located in|property at|premises at|moved to|moving to|move to|ship it to|ship to|deliver to|delivery to|send it to|location|resident of|\
         customer from|mail it to|zip|zip code|zipcode|postcode|post code|postal code|my place is|house at|apartment at|office at|offices at|registered office|registered in|meet me at|\
         drop it off at|pick up at|picked up at|pick it up from|village|\
         dirección|domicilio|dirección postal|domiciliado en|domiciliada en|vive en|vivo en|viven en|reside en|residente en|residencia|con domicilio en|código postal|c.p|cp|localidad|\
         provincia|localidad/ provincia|municipio|población|enviar a|enviará a|envíe a|se enviará a|entregar en|nos mudamos a|me mudé a|ubicado en|ubicada en|lugar de residencia|país de nacimiento|país|sita en|sito en",
    ),
    (
        Tags::PHONE,
        "phone|phone number|phone no|phone num|phone #|tel|tel no|tel. no|telephone|telephone number|telephone no|mobile|mobile number|mobile no|mobile phone|cell|cell phone|cell number|\
         cellphone|contact number|contact no|contact|call|call me|call me at|call me on|call me back|call us|text me|text me at|text|reach me|reach me at|reach us at|dial|ring|fax|fax number|fax no|\
         whatsapp|hotline|helpline|landline|direct line|home phone|work phone|day phone|toll free|toll-free|new number|my number|sms|viber|call or text|text or call|direct dial|direct line|switchboard|freephone|office phone|phone/fax|tel/fax|tel./fax|telefon|tél|téléphone|telefono|telefone|handy|mob no|mob. no|hp no|desk phone|dial-in|contactable on|reachable at|reachable on|available on|his number|her number|their number|number changed|voicemail|ph|ph no|mob|phones|reach|reached at|callback|pager|please page|questions|escríbeme|escríbame|emergency contact|contact person|\
         teléfono|número de teléfono|n.º de teléfono|tel|tfno|tlf|tlfno|telf|teléfonos|móvil|celular|fijo|fax|llame|llámame|llamar|llama|contacto|llámeme|llámenos|teléfono móvil|teléfono fijo",
    ),
    (
        Tags::SSN,
        "ssn|ssn no|ssn number|social security number|social security no|social security num|social security #|social security|social security card|soc sec|soc. sec|soc sec no|soc sec number|soc. sec. no|social sec|social sec no|social security nr|social-security number|ss#|ss no|ss number|social|\
         número de seguro social|número de la seguridad social|seguro social|nss",
    ),
    (
        Tags::PASSPORT,
        "passport|passport number|passport no|passport nr|ppt no|travel doc|travel doc no|passport num|passport id|passport #|passportnumber|travel document|travel document number|travel document no|passport card|passport book|\
         pasaporte|número de pasaporte|nº de pasaporte|n.º de pasaporte|no. de pasaporte|documento de viaje",
    ),
    (
        Tags::DRIVER,
        "driver's license|drivers license|driver license|driver's licence|drivers licence|driver licence|driving licence|driving license|driver's license number|driver's license no|\
         driver license number|driver license no|driver licence number|driver licence no|driving licence number|driving licence no|driving license number|driving license no|license number|license no|\
         licence number|licence no|license #|license id|licence|license|lic|lic no|lic. no|lic #|driver lic|drivers lic|driver's lic|driving lic|dl nr|dvla number|driver no|driver number|licence nr|presented license|presented licence|dl|dl no|dl number|dl #|dln|operator license|operator's license|driver id|driver's permit|driving permit|\
         permiso de conducir|licencia de conducir|carné de conducir|carnet de conducir|licencia de manejo|permiso de conducción|número de licencia|brevete",
    ),
    (
        Tags::URL,
        "url|website|web site|web|homepage|home page|link|site|profile|webpage|web page|page|portal|blog|visit|sitio web|página web|enlace|visite|sitio|web de",
    ),
    (
        Tags::AGE,
        "age|aged|ages|age years|age (years)|age in years|years of age|the age of|edad|edad de|edad (años)|a la edad de|años de edad",
    ),
    (
        Tags::USERNAME,
        "username|user name|user|user id|user-id|username is|login id is|profile name|account login|account user|sign-in|sign in id|signin|psn|xbox live|steam|xbox|ign|mastodon|reddit|linkedin|userid|login|login name|login id|logon|screen name|screenname|handle|account name|nickname|nick|user account|sign-in name|insta|instagram|\
         insta handle|twitter|twitter handle|telegram|snapchat|snap|tiktok|github|skype|skype id|discord|gamertag|uid name|login for|password for|credentials|logged in as|signed in as|log in as|\
         usuario|nombre de usuario|identificador de usuario|alias|nombre de cuenta",
    ),
    (
        Tags::PASSWORD,
        "password|passwd|pass|passphrase|pass phrase|pwd|pw|passwort|temporary password|temp password|one-time password|initial password|account password|email password|router password|vpn password|ssh password|wi-fi key|wifi key|wpa key|network key|current password|new password|old password|default password|login password|user password|root password|wifi password|\
         wi-fi password|password hint|admin password|db password|contraseña|clave|clave de acceso|contraseña temporal|palabra de paso|nueva contraseña|clave secreta",
    ),
    (
        Tags::AWS_ACCESS,
        "aws access key|aws access key id|access key|access key id|accesskeyid|aws key|aws key id|aws_access_key_id|clave de acceso aws|clave de acceso de aws|id de clave de acceso",
    ),
    (
        Tags::AWS_SECRET,
        "aws secret access key|aws secret key|aws secret|secret access key|secret key|secretaccesskey|secret|secretkey|clave secreta|clave secreta de aws|clave de acceso secreta|clave secreta aws",
    ),
    (
        Tags::IP,
        "ip|ip address|ip addr|ipaddress|ipv4|ipv6|source ip|client ip|src ip|dst ip|dest ip|remote ip|server ip|host ip|ip host|remote addr|remote address|\
         dirección ip|ip de origen",
    ),
    (
        Tags::MAC,
        "mac|mac address|mac addr|hw addr|hwaddr|hardware address|physical address|physical address (mac)|ethernet|ether|bssid|wlan|dirección mac|dirección física",
    ),
    (
        Tags::PLATE,
        "license plate|license plate number|licence plate|licence plate number|license plate no|number plate|number plate is|plate|plate number|plate no|plates|registration plate|vehicle registration|vehicle plate|car plate|car plates|reg plate|reg. plate|vehicle tag|rego|rego no|index mark|kennzeichen|immatriculation|vehicle number|license tags|\
         vehicle registration number|vehicle reg|vehicle reg no|registration number|registration no|reg no|reg number|reg|tag|tag number|tag no|car registration|registration mark|vrm|vrn|licence tag|license tag|\
         matrícula|matrícula del coche|placa|placas|número de placa|patente|matrícula del vehículo",
    ),
    (
        Tags::VIN,
        "vin|vin number|vin code|vin nr|vehicle identification|vehicle ident|vin no|vin #|vehicle identification number|vehicle identification no|vehicle id number|vehicle id|chassis|chassis number|chassis no|frame number|número de bastidor|bastidor|número de chasis|chasis|nº de bastidor",
    ),
    (
        Tags::NINO,
        "nino|ni ref|ni number|ni #|ni nr|n.i. no|nat. ins. no|nat ins no|ni no|nin|n.i. number|national insurance|national insurance number|national insurance no|national ins no|nat ins|número de seguro nacional",
    ),
    (
        Tags::SIN,
        "sin|sin number|sin no|sin #|social insurance|social insurance number|social insurance no|social ins no|s.i.n|número de seguro social canadiense|numéro d'assurance sociale|nas",
    ),
    (
        Tags::ITIN,
        "itin|itin number|itin no|individual taxpayer identification number|individual taxpayer id|individual taxpayer number|individual tax identification number|taxpayer number|taxpayer no|individual tax id|taxpayer identification number|taxpayer id|tax id|tax id no|tax id number|\
         tax identification number|tin|número de identificación del contribuyente",
    ),
    (
        Tags::UTR,
        "utr|utr ref|utr reference|utr number|utr no|unique taxpayer reference|unique taxpayer reference number|unique tax reference|self assessment utr|self assessment|tax reference|self-assessment reference|unique taxpayer ref",
    ),
    (
        Tags::PAN,
        "pan|pan no|pan number|pan card|pan card no|pan card number|permanent account number|permanent account no|permanent account number (pan)|pan id",
    ),
    (
        Tags::NREGA,
        "nrega|mgnrega|mnrega|mg-nrega|job card|job card number|job card no|jobcard|jobcard no|job card number (mgnrega)|nrega job card|nrega no|nrega number|nrega card|narega",
    ),
    (
        Tags::IBAN,
        "iban|iban no|iban nr|iban #|kontoverbindung|bankverbindung|iban number|iban code|beneficiary iban|international bank account number|código iban|número iban",
    ),
    (
        Tags::SWIFT,
        "swift|swift code|swift id|swift/bic code|bic/swift code|swift-code|bic-code|swift/bic|bic|bic code|bic/swift|swift number|swift no|bank identifier code|business identifier code|swift address|receiving bank|receiving bank is|código swift|código bic",
    ),
    (
        Tags::NHS,
        "nhs|nhs ref|nhs reference|nhs number|nhs no|nhs num|nhs #|nhs id|national health service|national health service number|nhs patient number|número nhs",
    ),
    (
        Tags::HEALTH,
        "health card|health card number|health card no|healthcard|health number|health no|ohip|ohip number|ohip no|ohip #|phn|provincial health number|provincial health no|provincial health card|personal health number|\
         ramq|care card|carecard|hcn|msp number|health insurance number|ontario health card|alberta health|bc services card|health insurance card|versión code|version code|tarjeta sanitaria",
    ),
    (
        Tags::AADHAAR,
        "aadhaar|aadhar|aadhaar number|aadhaar no|aadhar no|aadhar number|aadhaar card|aadhar card|adhaar|uid (aadhaar)|uidai|uid number|uid no|uid|aadhaar id",
    ),
    (
        Tags::VOTER,
        "voter id|voter id number|voter id no|voter card|voter card number|voter card no|voter id card|epic|epic number|epic no|elector photo id|elector's photo identity card|elector photo identity card|voter identity card|\
         voters id|voter number|voter no|electoral photo id|election card|elector id",
    ),
    (
        Tags::LAST_FOUR,
        "ending in|ending with|ending on|ends on|that ends|finishing in|finishing with|last 4 of|last four of|final four|last four numbers|last 4 numbers|ending digits|ends in|ends with|ended in|last four|last 4|last four digits|last 4 digits|last four digits of|ending|last digits|final four digits|xxxx|terminada en|termina en|acaba en|últimos cuatro dígitos|\
         últimos 4 dígitos|últimas cuatro cifras|que acaba en|que termina en|últimos cuatro",
    ),
];

/// Cues of numbers that identify things, not people.
pub const REFERENCES: &[Row] = &[
    (
        Tags::REFERENCE,
        "order|order number|order no|order id|invoice|invoice number|invoice no|inv|tracking|tracking number|tracking no|tracking id|shipment|ticket|ticket number|ticket no|ticket id|part number|part no|part|\
         serial|serial number|serial no|serial num|s/n|batch|batch no|lot|lot number|lot no|sku|isbn|issn|doi|upc|ean|gtin|flight|gate|reference number|reference no|reference|ref|ref no|claim ref|claim number|claim no|claim|\
         case number|case no|case|confirmation|confirmation number|confirmation code|confirmation no|booking|booking reference|reservation|model|model no|model number|commit|room|room no|floor|seat|chapter|\
         page|pages|survey|article|rule|section|application no|item|item no|item number|employee no|employee number|employee id|staff id|badge|badge number|customer no|customer number|customer id|client id|member id|\
         membership number|policy number|policy no|coupon|coupon code|promo code|voucher|product code|product id|asset tag|job id|request id|transaction id|transaction|receipt|receipt no|po number|purchase order|\
         docket|docket no|file no|patient id|mrn|medical record number|meter|meter number|locker|catalog|catalogue|barcode|quantity|qty|units|total|amount|balance|price|salary|estimate|error code|exit code|port|line|hash|checksum|\
         sample file|test number|example number|dummy|id number|task id|session id|session|device id|imei|build id|\
         pedido|número de pedido|nº de pedido|factura|número de factura|referencia|ref|número de referencia|expediente|nº de expediente|seguimiento|número de seguimiento|lote|número de serie|nº de serie|n.º de serie|\
         albarán|código de producto|artículo|capítulo|página|habitación|planta|vuelo|puerta|asiento|póliza|importe|saldo|total|nhc|nass|nºcol|número de colegiado|colegiado|historia clínica|cantidad|ticket|modelo|código promocional",
    ),
    (
        Tags::VERSION.and(Tags::REFERENCE),
        "version|versions|ver|v|app version|firmware|firmware version|release|build|build number|upgrade|upgrade to|upgrades|update to|patch|driver version|kernel|revision|rev|software|installing|install|\
         versión|actualización|actualizar a|revisión",
    ),
];
