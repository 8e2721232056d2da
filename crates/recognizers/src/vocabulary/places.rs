//! Parts of addresses: street types, units, directions, states.

use super::Row;
use crate::tags::Tags;

/// The table.
pub const ROWS: &[Row] = &[
    (
        Tags::STREET,
        "street|st|str|avenue|ave|av|road|rd|drive|dr|drv|lane|ln|boulevard|blvd|court|ct|crt|circle|cir|place|pl|terrace|ter|terr|way|parkway|pkwy|highway|hwy|square|sq|trail|trl|close|crescent|cres|cr|gardens|gdns|\
         grove|gr|gate|green|hill|mews|park|rise|row|view|walk|wharf|yard|alley|aly|loop|lp|path|pike|plaza|plz|point|pt|ridge|run|turnpike|tpke|expressway|expy|freeway|fwy|crossing|xing|parade|pde|esplanade|esp|\
         quay|promenade|broadway|causeway|bypass|cove|cv|glen|heights|hts|hollow|meadows|mill|mount|pass|spur|summit|vale|valley|vista|nagar|marg|road west|road east|layout|colony|chowk|bazaar|bazar|enclave|vihar|puram|gali|\
         street north|street south|street east|street west|junction|landing|knoll|chase|croft|drove|side|fields|approach|circuit|cct|cl|tce|via",
    ),
    (
        Tags::STREET_BEFORE,
        "calle|c/|cl|avenida|avda|avd|av|avda. de|paseo|plaza|pza|plza|carrer|carretera|ctra|camino|ronda|travesía|rua|rúa|rue|glorieta|urbanización|urb|pasaje|pje|callejón|costanilla|bulevar|gran vía|vía|cuesta|alameda|\
         rambla|barriada|polígono|autovía|carrera|jirón|jr|calzada|boulevard|avinguda|passeig|plaça|c. de|paseo de|calle de|rue de|via|viale|piazza|rambla de|camí",
    ),
    (
        Tags::UNIT,
        "apt|apartment|apto|apartamento|suite|unit|flat|floor|fl|level|lvl|room|rm|building|bldg|block|blk|tower|door|door no|house|house no|plot|plot no|shop|lot|dept|department|trailer|trlr|flat no|house no|plot no|shop no|room no|apt no|unit no|suite no|flat number|penthouse|ph|basement|h. no|h no|\
         piso|planta|puerta|pta|bloque|escalera|esc|portal|bajo|bajos|local|edificio|edif|ático|izquierda|izq|izda|derecha|dcha|dpto|departamento|int|interior|casa|villa",
    ),
    (
        Tags::DIRECTION,
        "n|s|e|w|ne|nw|se|sw|north|south|east|west|northeast|northwest|southeast|southwest",
    ),
    (
        Tags::PO_BOX,
        "po box|p.o. box|post office box|pobox|gpo box|locked bag|apartado de correos|apdo|apartado|apdo. de correos|pmb|private bag",
    ),
    (
        Tags::STATE,
        "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|\
         missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|\
         virginia|washington|west virginia|wisconsin|wyoming|district of columbia|puerto rico|guam|american samoa|virgin islands|\
         alberta|british columbia|manitoba|new brunswick|newfoundland and labrador|newfoundland|nova scotia|ontario|prince edward island|quebec|saskatchewan|northwest territories|nunavut|yukon|\
         new south wales|queensland|south australia|tasmania|victoria|western australia|northern territory|australian capital territory|\
         andhra pradesh|arunachal pradesh|assam|bihar|chandigarh|chhattisgarh|delhi|goa|gujarat|haryana|himachal pradesh|jharkhand|karnataka|kerala|madhya pradesh|maharashtra|manipur|meghalaya|mizoram|nagaland|odisha|orissa|\
         punjab|rajasthan|sikkim|tamil nadu|telangana|tripura|uttar pradesh|uttarakhand|west bengal|jammu and kashmir|ladakh|puducherry|pondicherry|lakshadweep|andaman and nicobar islands|dadra and nagar haveli|daman and diu|new delhi",
    ),
    (
        Tags::STATE_CODE,
        "al|ak|az|ar|ca|co|ct|de|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|dc|pr|gu|vi|as|mp|\
         ab|bc|mb|nb|nl|ns|on|pe|qc|sk|nt|nu|yt|nsw|qld|sa|tas|vic|act|d.c",
    ),
    (
        Tags::COUNTRY,
        "usa|u.s.a|united states|united states of america|united kingdom|uk|u.k|england|scotland|wales|northern ireland|ireland|canada|australia|india|spain|españa|mexico|méxico|france|germany|italy|portugal|estados unidos|reino unido|\
         argentina|colombia|chile|perú|peru|new zealand|south africa|netherlands|belgium|switzerland|austria|sweden|norway|denmark|finland|poland|brazil|brasil|japan|china|marruecos|rumanía|ecuador|bolivia|venezuela|cuba|francia|alemania|italia",
    ),
];
