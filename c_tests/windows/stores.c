/* Certificates out of Windows' own stores, in real handshakes: the user's store ROOT trusts a root, CA holds the
 * authority that it made, and MY a server's certificate and key. Everything is taken out again at the end.
 *
 * stores FOLDER        with root.der, authority.der and server.pfx, which opens with "wdsocket", and server.pem
 * stores FOLDER alone  what the first starts before it touches a store: a process reads the roots only once */
#include "../check.h"

#include <process.h>
#include <wincrypt.h>

#include <bcrypt.h>

#include "imports.h"

typedef struct file {
    BYTE bytes[20000];
    DWORD size;
} file;

static file root, authority, server, curve, curve_private;
static const char *folder, *program;

static const CERT_CONTEXT *own; /* the server's, while it is in MY */

static int read_file(const char *name, file *to)
{
    char path[MAX_PATH];
    FILE *from;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if ((from = fopen(path, "rb")) == NULL)
        return 0;
    to->size = (DWORD)fread(to->bytes, 1, sizeof to->bytes, from);
    fclose(from);
    return to->size > 0 && to->size < sizeof to->bytes;
}

static HCERTSTORE store(const wchar_t *name)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, name);
}

/* Takes these certificates out of a store of the user; how many there were. */
static int take_out(const wchar_t *name)
{
    HCERTSTORE from = store(name);
    const CERT_CONTEXT *found;
    int count = 0;
    while ((found = CertFindCertificateInStore(from, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_STR_W, L"wdsocket store",
                                               NULL)) != NULL &&
           CertDeleteCertificateFromStore(found))
        count++;
    CertControlStore(from, 0, CERT_STORE_CTRL_COMMIT, NULL);
    CertCloseStore(from, 0);
    return count;
}

/* --- Wine 8 has everything but the call that exports a key ---------------------------------------------------------- */

/* As the system's own: the certificate and its key if that may be had, in the file that they came from. */
static BOOL WINAPI export(HCERTSTORE from, CRYPT_DATA_BLOB *to, LPCWSTR password, void *reserved, DWORD flags)
{
    const CERT_CONTEXT *certificate = CertEnumCertificatesInStore(from, NULL);
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    DWORD use, size;
    BOOL ours, may;
    (void)password, (void)reserved, (void)flags;
    if (!CryptAcquireCertificatePrivateKey(certificate, 0, NULL, &provider, &use, &ours)) {
        CertFreeCertificateContext(certificate);
        return FALSE;
    }
    CertFreeCertificateContext(certificate);
    may = CryptGetUserKey(provider, AT_KEYEXCHANGE, &key) && CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, NULL, &size);
    if (!may) {
        DWORD why = GetLastError();
        CryptDestroyKey(key);
        CryptReleaseContext(provider, 0);
        SetLastError(why);
        return FALSE;
    }
    CryptDestroyKey(key);
    CryptReleaseContext(provider, 0);
    if (to->pbData != NULL)
        memcpy(to->pbData, server.bytes, server.size);
    to->cbData = server.size;
    return TRUE;
}

/* --- a key that stays with its owner, who signs: CNG, of which Wine 8 has nothing for certificates ------------------ */

enum { HANDLE_OF_KEY = 0x5157, MAY_NOT_LEAVE = 0 };

static int signatures, freed_keys, silent_calls;
static BCRYPT_KEY_HANDLE curve_key;

/* The key of curve-key.der: version, the private number, then the point at the end. */
static int open_curve_key(void)
{
    struct {
        BCRYPT_ECCKEY_BLOB head;
        BYTE numbers[96];
    } blob;
    BCRYPT_ALG_HANDLE algorithm;
    if (curve_key != NULL)
        return 1;
    blob.head.dwMagic = BCRYPT_ECDSA_PRIVATE_P256_MAGIC;
    blob.head.cbKey = 32;
    memcpy(blob.numbers, curve_private.bytes + curve_private.size - 64, 64);
    memcpy(blob.numbers + 64, curve_private.bytes + 7, 32);
    return BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_ECDSA_P256_ALGORITHM, NULL, 0) == 0 &&
           BCryptImportKeyPair(algorithm, NULL, BCRYPT_ECCPRIVATE_BLOB, &curve_key, (BYTE *)&blob, sizeof blob, 0) == 0;
}

static BOOL WINAPI acquire(PCCERT_CONTEXT certificate, DWORD flags, void *reserved, HCRYPTPROV *key, DWORD *kind, BOOL *ours)
{
    (void)certificate, (void)reserved;
    if ((flags & CRYPT_ACQUIRE_SILENT_FLAG) == 0)
        return FALSE;
    *key = HANDLE_OF_KEY;
    *kind = CERT_NCRYPT_KEY_SPEC;
    *ours = TRUE;
    return TRUE;
}

static LONG WINAPI property(ULONG_PTR key, LPCWSTR name, BYTE *value, DWORD room, DWORD *size, DWORD flags)
{
    if (key != HANDLE_OF_KEY || room < 4 || wcscmp(name, L"Export Policy") != 0)
        return NTE_NOT_SUPPORTED;
    silent_calls += (flags & 0x40) != 0;
    *(DWORD *)value = MAY_NOT_LEAVE;
    *size = 4;
    return 0;
}

static LONG WINAPI sign(ULONG_PTR key, void *padding, BYTE *hash, DWORD length, BYTE *signature, DWORD room, DWORD *size,
                        DWORD flags)
{
    if (key != HANDLE_OF_KEY || padding != NULL || (flags & 0x40) == 0)
        return NTE_INVALID_HANDLE;
    signatures++;
    return BCryptSignHash(curve_key, NULL, hash, length, signature, room, size, 0);
}

static LONG WINAPI free_key(ULONG_PTR key)
{
    freed_keys += key == HANDLE_OF_KEY;
    return 0;
}

/* --- handshakes ---------------------------------------------------------------------------------------------------- */

static char server_said[1000];

static void *serve(void *argument)
{
    char channel[32] = "", first[16];
    (void)argument;
    if (SocketWaitForConnection("server", 10000) == 1 && SocketAccept("server", channel, sizeof channel) == 17 &&
        SocketRead(channel, 0, 10000, first, sizeof first) == 5)
        SocketWrite(channel, "welcome", -1);
    if (SocketErrorInfo(server_said, sizeof server_said) > 0)
        fprintf(stderr, "# the server: %s\n", server_said);
    return NULL;
}

/* SHA-256, of the certificate that the last visit was shown. */
static char fingerprint[128];

/* A client that trusts what the system trusts visits the server. 0 when they understood each other, else the code of the
 * client's error. */
static int32_t visit(void)
{
    char port[16] = "", answer[16], subject[200] = "";
    pthread_t thread = thread_start(serve, NULL);
    int32_t code;
    CHECK(SocketLocalInfo("server", SocketPort, port, sizeof port) > 0);
    if (SocketConnectSSL("client", atoi(port), "127.0.0.1", 0, 10000, NULL) == 1 && SocketWrite("client", "hello", -1) == 1 &&
        SocketRead("client", 0, 10000, answer, sizeof answer) == 7) {
        code = 0;
        CHECK(SocketSSLInfo("client", SSLPeerSubject, subject, sizeof subject) > 0);
        CHECK(strstr(subject, "wdsocket store server") != NULL);
        CHECK(SocketSSLInfo("client", SSLPeerFingerprint, fingerprint, sizeof fingerprint) > 0);
    } else {
        code = (int32_t)SocketErrorCode();
    }
    SocketClose("client");
    thread_end(thread);
    return code;
}

/* In a process of its own. */
static int alone(void)
{
    char path[MAX_PATH];
    snprintf(path, sizeof path, "%s/server.pem", folder);
    if (SocketCreateSSL("server", 0, path, 0, "127.0.0.1", NULL) != 1)
        return -1;
    return visit();
}

/* --- what is in the stores ------------------------------------------------------------------------------------------ */

static const CERT_CONTEXT *context(const file *certificate)
{
    return CertCreateCertificateContext(X509_ASN_ENCODING, certificate->bytes, certificate->size);
}

/* Puts a certificate into a store of the user. */
static int put_in(const wchar_t *name, const CERT_CONTEXT *certificate)
{
    HCERTSTORE into = store(name);
    int put = CertAddCertificateContextToStore(into, certificate, CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    put = put && CertControlStore(into, 0, CERT_STORE_CTRL_COMMIT, NULL);
    CertCloseStore(into, 0);
    return put;
}

/* Puts the server's certificate and key into MY. */
static void own_certificate(DWORD how)
{
    CRYPT_DATA_BLOB blob = {server.size, server.bytes};
    HCERTSTORE file = PFXImportCertStore(&blob, L"wdsocket", how);
    REQUIRE(file != NULL);
    own = CertEnumCertificatesInStore(file, NULL);
    CertCloseStore(file, 0);
    CHECK(own != NULL && put_in(L"MY", own));
}

/* Takes it out, and its key, which the store only refers to. */
static void no_own_certificate(void)
{
    CRYPT_KEY_PROV_INFO *key = NULL;
    DWORD size = 0;
    HCRYPTPROV gone;
    if (CertGetCertificateContextProperty(own, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size) && (key = malloc(size)) != NULL &&
        CertGetCertificateContextProperty(own, CERT_KEY_PROV_INFO_PROP_ID, key, &size))
        CHECK(CryptAcquireContextW(&gone, key->pwszContainerName, key->pwszProvName, key->dwProvType, CRYPT_DELETEKEYSET));
    else
        check_fault(__FILE__, __LINE__, "the certificate in MY has no key");
    free(key);
    CHECK_EQ(1, take_out(L"MY"));
    CertFreeCertificateContext(own);
    own = NULL;
}

/* --- promises ------------------------------------------------------------------------------------------------------- */

static void a_root_that_is_in_no_store_is_not_trusted(void)
{
    CHECK_EQ(WDSOCKET_ERR_TLS_CERTIFICATE, _spawnl(_P_WAIT, program, program, folder, "alone", NULL));
}

static void a_root_and_an_authority_are_put_into_stores(void)
{
    CHECK(put_in(L"ROOT", context(&root)));
    CHECK(put_in(L"CA", context(&authority)));
}

static void no_server(const char *why)
{
    char text[512] = "";
    CHECK_NO(WDSOCKET_ERR_CERTIFICATE,
             SocketCreateSSL("server", 0, "wdsocket store server", CertificateName, "127.0.0.1", NULL));
    CHECK(SocketErrorInfo(text, sizeof text) > 0);
    if (strstr(text, why) == NULL)
        check_fault(__FILE__, __LINE__, text);
}

static void a_certificate_that_is_in_no_store_is_not_found(void)
{
    no_server("was found in the store \"MY\"");
}

static void a_key_that_may_not_be_used_is_told(void)
{
    own_certificate(0);
    REQUIRE(own != NULL);
    no_server("has no private key that this program may use without asking the user");
    no_own_certificate();
}

/* Serves with it, and is visited by a client that knows only the root. */
static void is_found(const char *certificate, int32_t options, const char *in)
{
    if (SocketCreateSSL("server", 0, certificate, options, "127.0.0.1", in) == 1)
        CHECK_EQ(0, visit());
    else
        check_fault_with_error(__FILE__, __LINE__, "a TLS server with a certificate of MY");
    SocketClose("server");
}

static void a_certificate_with_its_key_is_found_by_name(void)
{
    own_certificate(CRYPT_EXPORTABLE);
    REQUIRE(own != NULL);
    is_found("wdsocket store server", CertificateName, NULL);
    is_found("WDSocket Store Server", CertificateName, "MY");
    no_own_certificate();
}

static void a_certificate_with_its_key_is_found_by_its_thumbprints(void)
{
    BYTE bytes[20];
    DWORD length = sizeof bytes, i;
    char sha1[41] = "";
    own_certificate(CRYPT_EXPORTABLE);
    REQUIRE(own != NULL);
    CHECK(CertGetCertificateContextProperty(own, CERT_SHA1_HASH_PROP_ID, bytes, &length));
    for (i = 0; i < length; i++)
        snprintf(sha1 + 2 * i, sizeof sha1 - 2 * i, "%02x", bytes[i]);
    is_found(sha1, CertificateHash, NULL);
    is_found(fingerprint, CertificateHash, "MY");
    no_own_certificate();
}

static void a_key_that_may_not_leave_signs_where_it_lies(void)
{
    void *systems = NULL;
    REQUIRE(open_curve_key());
    REQUIRE(put_in(L"MY", context(&curve)));
    REQUIRE(replace_import("CryptAcquireCertificatePrivateKey", (void *)acquire, &systems) > 0);
    REQUIRE(replace_import("NCryptGetProperty", (void *)property, NULL) > 0);
    REQUIRE(replace_import("NCryptSignHash", (void *)sign, NULL) > 0);
    REQUIRE(replace_import("NCryptFreeObject", (void *)free_key, NULL) > 0);
    is_found("wdsocket store server", CertificateName, NULL);
    CHECK(signatures > 0);
    CHECK(silent_calls > 0);
    CHECK_EQ(1, take_out(L"MY"));
    replace_import("CryptAcquireCertificatePrivateKey", systems, NULL);
}

static void what_was_put_into_the_stores_is_gone_again(void)
{
    CHECK_EQ(1, take_out(L"ROOT"));
    CHECK_EQ(0, take_out(L"ROOT"));
    CHECK_EQ(1, take_out(L"CA"));
    CHECK_EQ(0, take_out(L"CA"));
    CHECK_EQ(0, take_out(L"MY"));
}

int main(int argc, char **argv)
{
    check_start(60);
    if (argc < 2) {
        printf("not ok - the_program_starts: it needs a folder\n");
        return 1;
    }
    program = argv[0];
    folder = argv[1];
    if (argc > 2)
        return alone();
    if (!read_file("root.der", &root) || !read_file("authority.der", &authority) || !read_file("server.pfx", &server) ||
        !read_file("curve.der", &curve) || !read_file("curve-key.der", &curve_private)) {
        printf("not ok - the_program_starts: a certificate is missing in %s\n", folder);
        return 1;
    }
    if (under_wine()) {
        if (replace_import("PFXExportCertStoreEx", (void *)export, NULL) == 0) {
            printf("not ok - the_program_starts: the library does not import PFXExportCertStoreEx\n");
            return 1;
        }
        printf("skipped - the_system_exports_the_key: Wine 8 has no PFXExportCertStoreEx, this program stands in for it\n");
    }
    /* A run that was broken off may have left them. */
    take_out(L"ROOT"), take_out(L"CA"), take_out(L"MY");
    RUN(a_root_that_is_in_no_store_is_not_trusted);
    RUN(a_root_and_an_authority_are_put_into_stores);
    RUN(a_certificate_that_is_in_no_store_is_not_found);
    RUN(a_key_that_may_not_be_used_is_told);
    RUN(a_key_that_may_not_leave_signs_where_it_lies);
    RUN(a_certificate_with_its_key_is_found_by_name);
    RUN(a_certificate_with_its_key_is_found_by_its_thumbprints);
    RUN(what_was_put_into_the_stores_is_gone_again);
    return check_end();
}
