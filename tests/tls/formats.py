"""Writes keys and certificates in every form that cryptography has, and for each a line into the file "list":
the file, the one beside it, its role, whether it is under a password, what becomes of it, what it is."""
import datetime, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization as s
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, ed448, rsa, x25519, x448
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import NameOID
P = b"geheim"
lines = []
def word(value):
    return str(getattr(value, "name", value)).split(".")[-1]
def put(file, data, beside, role, locked, fate, what):
    open(file, "wb").write(data)
    lines.append("\t".join((file, beside, role, str(int(locked)), fate, what)))
kinds = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ec521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "dsa": lambda: dsa.generate_private_key(2048),
    "x25519": x25519.X25519PrivateKey.generate,
    "x448": x448.X448PrivateKey.generate,
}
try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
    for name in ("MLDSA44PrivateKey", "MLDSA65PrivateKey", "MLDSA87PrivateKey"):
        if hasattr(mldsa, name):
            kinds[name[:7].lower()] = getattr(mldsa, name).generate
    from cryptography.hazmat.primitives.asymmetric import mlkem
    for name in ("MLKEM768PrivateKey", "MLKEM1024PrivateKey"):
        if hasattr(mlkem, name):
            kinds[name[:8].lower()] = getattr(mlkem, name).generate
except ImportError:
    pass
now = datetime.datetime.now(datetime.timezone.utc)
subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "till")])
day = datetime.timedelta(days=1)
def certify(key):
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + 30 * day)
    hash = hashes.SHA256() if isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, dsa.DSAPrivateKey)) else None
    return builder.sign(key, hash)
for kind, make in kinds.items():
    try:
        key = make()
    except Exception:
        continue
    try:
        certificate = certify(key)
        pem = certificate.public_bytes(s.Encoding.PEM)
        beside, fate = kind + ".crt", "loaded"
        open(beside, "wb").write(pem)
        open(kind + ".key", "wb").write(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
        put(kind + ".pem", pem, kind + ".key", "certificate", False, fate, kind + " certificate, PEM")
        put(kind + ".der", certificate.public_bytes(s.Encoding.DER), kind + ".key", "certificate", False, fate, kind + " certificate, DER")
        put(kind + ".ca", certificate.public_bytes(s.Encoding.DER), "", "authority", False, fate, kind + " authority, DER")
    except Exception:
        certificate, beside, fate = None, "rsa.crt", "read"
    for encoding in (s.Encoding.PEM, s.Encoding.DER):
        for form in (s.PrivateFormat.PKCS8, s.PrivateFormat.TraditionalOpenSSL, s.PrivateFormat.OpenSSH):
            ways = {"open": s.NoEncryption(), "best": s.BestAvailableEncryption(P)}
            if form is s.PrivateFormat.OpenSSH:
                ways["rounds"] = form.encryption_builder().kdf_rounds(16).build(P)
            if form is s.PrivateFormat.PKCS8:
                for hash in (hashes.SHA1(), hashes.SHA256()):
                    for algorithm in pkcs12.PBES:
                        try:
                            ways[word(hash) + word(algorithm)] = form.encryption_builder().kdf_rounds(1000).hmac_hash(hash).key_cert_algorithm(algorithm).build(P)
                        except Exception:
                            pass
            for way, encryption in ways.items():
                try:
                    data = key.private_bytes(encoding, form, encryption)
                except Exception:
                    continue
                file = "-".join((kind, word(encoding), word(form), way)) + ".key"
                told = form is s.PrivateFormat.OpenSSH
                put(file, data, beside, "key", way != "open" and not told, "told:ssh-keygen -p -m PKCS8" if told else fate, file)
    try:
        raw = key.private_bytes(s.Encoding.Raw, s.PrivateFormat.Raw, s.NoEncryption())
        put(kind + ".raw", raw, beside, "key", False, "told:neither PEM nor DER", kind + ", raw")
    except Exception:
        pass
    if certificate is None:
        continue
    ways = {"open": s.NoEncryption(), "best": s.BestAvailableEncryption(P)}
    for hash in (hashes.SHA1(), hashes.SHA256(), hashes.SHA512()):
        for algorithm in pkcs12.PBES:
            for rounds in (1, 5000):
                try:
                    builder = s.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds).hmac_hash(hash).key_cert_algorithm(algorithm)
                    ways["-".join((word(hash), word(algorithm), str(rounds)))] = builder.build(P)
                except Exception:
                    pass
    other = certify(ec.generate_private_key(ec.SECP256R1()))
    for way, encryption in ways.items():
        try:
            data = pkcs12.serialize_key_and_certificates(b"till", key, certificate, [other], encryption)
        except Exception:
            continue
        put("-".join((kind, way)) + ".p12", data, "", "identity", way != "open", fate, kind + ", PKCS#12 " + way)
    for encoding in (s.Encoding.PEM, s.Encoding.DER):
        data = pkcs7.serialize_certificates([certificate, other], encoding)
        put("-".join((kind, word(encoding))) + ".p7", data, kind + ".key", "certificate", False, fate, kind + ", PKCS#7 " + word(encoding))
    try:
        request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
        for encoding in (s.Encoding.PEM, s.Encoding.DER):
            put("-".join((kind, word(encoding))) + ".csr", request.public_bytes(encoding), kind + ".key", "certificate", False, "told:a request for a certificate", kind + ", request")
        lists = x509.CertificateRevocationListBuilder().issuer_name(subject).last_update(now - day).next_update(now + day).sign(key, hashes.SHA256())
        for encoding in (s.Encoding.PEM, s.Encoding.DER):
            put("-".join((kind, word(encoding))) + ".crl", lists.public_bytes(encoding), "", "authority", False, "told:a list of revoked certificates", kind + ", revocation list")
    except Exception:
        pass
try:
    data = pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(certificate, b"till")], s.BestAvailableEncryption(P))
    put("java.p12", data, "", "authority", True, "loaded", "a truststore of Java's")
except Exception:
    pass
open("list", "w").write("\n".join(lines))
