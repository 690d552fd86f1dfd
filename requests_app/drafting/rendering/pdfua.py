"""The entry in a PDF's XMP metadata that says it is PDF/UA-1 besides PDF/A."""

# ISO 14289-1, 5 asks for pdfuaid:part. ISO 19005-3, 6.6.2.3 asks that a property outside the predefined schemas be
# described, hence the extension schema.
PDFUA_XMP = b"""<rdf:Description xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""

_END = b"</rdf:RDF>"


def with_pdfua(xmp: bytes) -> bytes:
    """Return the XMP packet with the entry for PDF/UA-1. Raises ValueError if it does not hold exactly one rdf:RDF."""
    if xmp.count(_END) != 1:
        raise ValueError("The PDF's XMP metadata is not as expected: no single rdf:RDF in it.")
    return xmp.replace(_END, PDFUA_XMP)
