// wdsocket pour WINDEV et WEBDEV : les fonctions de socket du WLangage, chacune avec wd devant son nom.
// README.md, dans le dossier au-dessus, dit comment l'installer et comment y faire passer un programme.
// Écrit d'après la documentation du WLangage et de wdsocket ; il n'a pas été exécuté dans WINDEV.
// Une procédure qui échoue renvoie Faux, un texte vide ou un nombre négatif, et ErreurInfo() dit pourquoi.
// wdSocketErreurCode() vaut 0 après un succès. Un délai écoulé n'est pas une erreur : seul wdSocketErreurCode() le dit.

// Code de déclaration de la collection de procédures
CONSTANTE
	// Le fichier de la bibliothèque, sous Windows et sous Linux
	wdBibliothèqueWindows = "wdsocket.dll"
	wdBibliothèqueLinux = "libwdsocket.so"

	// Durées
	WDSOCKET_INFINITE = -1
	WDSOCKET_DEFAULT = -2

	// Modes de transmission
	wdSocketMarqueurFin = 0
	wdSocketTailleDébut = 1
	wdSocketMarqueurFinBuffer = 2
	wdSocketSansMarqueurFin = 3
	wdSocketTailleBinaire = 4
	wdSocketTailleFixe = 5
	wdSocketLigne = 6
	wdSocketTailleExacte = 7

	// Ce que fixe wdSocketParamètre, et ses valeurs
	wdSocketParamètreMode = 1
	wdSocketModeSChannel = 0
	wdSocketModeOpenSSL = 1

	// Ce que disent wdSocketClientInfo et wdSocketInfoLocale
	wdSocketAdresse = 1
	wdSocketPort = 2
	wdWebSocketGenre = 15
	wdSocketUtilisateurPair = 16
	wdSocketProcessusPair = 17

	// Ce que dit aussi wdSocketInfoLocale ; sans nom, les sommes du processus
	wdSocketOctetsReçus = 3
	wdSocketOctetsEnvoyés = 4
	wdSocketMessagesReçus = 5
	wdSocketMessagesEnvoyés = 6
	wdSocketDepuis = 7
	wdSocketSilenceDepuis = 8
	wdSocketAllerRetour = 9
	wdSocketRetransmissions = 10
	wdSocketNonEnvoyés = 11
	wdSocketDuréeHandshake = 12
	wdSocketDernièreErreur = 13
	wdSocketsOuvertes = 14

	// Options de wdSocketChangeOption et de wdSocketValeurOption
	wdSocketNagle = 101
	wdSocketAdresseUnique = 102
	wdSocketMaintienActif = 103
	wdSocketTamponRéception = 104
	wdSocketTamponEnvoi = 105
	wdSocketMessageMax = 106
	wdSocketDélaiEcriture = 107
	wdSocketFileAttente = 108
	wdSocketDuréeDeVie = 109
	wdSocketBoucleMulticast = 110
	wdSSLDélaiNégociation = 111
	wdSSLVérifieClient = 112
	wdSSLRacinesSystème = 113
	wdSSLProfondeurMax = 114
	wdSSLStrict = 115
	wdSocketInactivitéLecture = 116
	wdSSLNomDansSujet = 117
	wdSocketRegroupement = 118
	wdSocketLimiteTrace = 119
	wdWebSocketServeur = 120
	wdWebSocketBinaire = 121
	wdSocketIntervalleMaintien = 122
	wdSocketNombreMaintien = 123
	wdSocketDélaiAcquittement = 124
	wdSocketDélaiInactivité = 125
	wdSocketProtocoleProxy = 126
	wdSocketModeFichier = 127
	wdSocketLongueurOctets = 128
	wdSocketLongueurOrdre = 129
	wdSocketLongueurDécalage = 130
	wdSocketLongueurAjustement = 131
	wdSocketLongueurEntête = 132
	wdSocketLongueurNonComptée = 133
	wdSocketSignalFinitAttente = 134

	// Options de wdSocketChangeTexte
	wdSSLFichierAutorités = 201
	wdSSLDossierAutorités = 202
	wdSSLFichierRévocations = 203
	wdSSLFichierClé = 204
	wdSSLMotDePasse = 205
	wdSSLNomServeur = 206
	wdSSLAlpn = 207
	wdSSLListeChiffrements = 208
	wdSSLEmpreinteAttendue = 209
	wdSSLGroupes = 210
	wdSocketFichierTrace = 211
	wdSSLFichierClés = 212
	wdWebSocketEntêtes = 213
	wdSocketAdresseProxy = 214
	wdSocketProxyDepuis = 215
	wdSSLFichierClésTickets = 216
	wdSocketAdresseLocale = 217
	wdSocketPlagePorts = 218
	wdSSLSignatures = 220
	wdSSLRépertoireCertificats = 219
	wdSSLClésPubliquesAttendues = 221

	// Ce que dit wdSocketInfoSSL
	wdSSLProtocole = 301
	wdSSLChiffrement = 302
	wdSSLSujet = 303
	wdSSLEmetteur = 304
	wdSSLEmpreinte = 305
	wdSSLFinValidité = 306
	wdSSLGroupe = 307
	wdSSLNoms = 308
	wdSSLNuméroSérie = 309
	wdSSLDébutValidité = 310
	wdSSLChaîne = 311
	wdSSLReprise = 312

	// Options, à additionner, des procédures dont le nom contient SSL
	wdProtocoleSSL2 = 1
	wdProtocoleSSL3 = 2
	wdProtocoleTLS1 = 4
	wdProtocoleTLS1_1 = 8
	wdProtocoleTLS1_2 = 16
	wdProtocoleTLS1_3 = 32
	wdCertificatNom = 64
	wdCertificatEmpreinte = 128
	wdSSLSansVérification = 256
	wdSSLCommeServeur = 512

	// Ce que dit wdSocketErreurCode
	WDSOCKET_OK = 0
	WDSOCKET_ERR_INVALID_ARGUMENT = 1
	WDSOCKET_ERR_NOT_FOUND = 2
	WDSOCKET_ERR_NAME_IN_USE = 3
	WDSOCKET_ERR_TIMEOUT = 4
	WDSOCKET_ERR_CLOSED = 5
	WDSOCKET_ERR_LOST = 6
	WDSOCKET_ERR_REFUSED = 7
	WDSOCKET_ERR_UNREACHABLE = 8
	WDSOCKET_ERR_HOST_NOT_FOUND = 9
	WDSOCKET_ERR_ADDRESS_IN_USE = 10
	WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE = 11
	WDSOCKET_ERR_ACCESS_DENIED = 12
	WDSOCKET_ERR_BUFFER_TOO_SMALL = 13
	WDSOCKET_ERR_MESSAGE_TOO_LARGE = 14
	WDSOCKET_ERR_BAD_FRAME = 15
	WDSOCKET_ERR_WRONG_KIND = 16
	WDSOCKET_ERR_NO_CONNECTION = 17
	WDSOCKET_ERR_CANCELLED = 18
	WDSOCKET_ERR_TLS_PROTOCOL = 19
	WDSOCKET_ERR_TLS_CERTIFICATE = 20
	WDSOCKET_ERR_CERTIFICATE = 21
	WDSOCKET_ERR_NOT_SUPPORTED = 22
	WDSOCKET_ERR_LIMIT = 23
	WDSOCKET_ERR_SYSTEM = 24
	WDSOCKET_ERR_INTERNAL = 25
	WDSOCKET_ERR_PROXY = 26
	// Propre à ce module : le fichier de la bibliothèque n'est pas là
	WDSOCKET_ERR_NO_LIBRARY = 9999
FIN

GLOBAL
	// Le fichier chargé, vide avant le premier appel
	gsWDBibliothèque est une chaîne = ""
	// Si une lecture a donné un temps d'inactivité : depuis, chaque lecture fixe le sien
	gbWDInactivité est un booléen = Faux

// Procédures : serveurs

PROCEDURE wdSocketCrée(LOCAL sNom est une chaîne, LOCAL nPort est un entier, LOCAL sAdresse est une chaîne = "") : booléen
// Un serveur sur un port ; une adresse vide vaut toutes les adresses de cette machine.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketCreate", &szNom, nPort, &szAdresse))

PROCEDURE wdSocketCréeSSL(LOCAL sNom est une chaîne, LOCAL nPort est un entier, LOCAL sCertificat est une chaîne, LOCAL nOptions est un entier = 0, LOCAL sAdresse est une chaîne = "", LOCAL sMagasin est une chaîne = "") : booléen
// Un serveur TLS. Le certificat est un fichier PEM ou PKCS#12 ou, s'il n'y a pas de tel fichier, un nom commun.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szCertificat est une chaîne ANSI = wdTexte(sCertificat)
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
szMagasin est une chaîne ANSI = wdTexte(sMagasin)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketCreateSSL", &szNom, nPort, &szCertificat, nOptions, &szAdresse, &szMagasin))

PROCEDURE wdSocketCréeUDP(LOCAL sNom est une chaîne, LOCAL nPort est un entier = 0, LOCAL sAdresse est une chaîne = "") : booléen
// Un socket UDP ; le port 0 vaut n'importe quel port libre.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketCreateUDP", &szNom, nPort, &szAdresse))

PROCEDURE wdSocketCréeBluetooth(LOCAL sNom est une chaîne, LOCAL sService est une chaîne, LOCAL sDescription est une chaîne = "") : booléen
// Un serveur Bluetooth. Aucune fiche de service n'est publiée : la description n'est vue de personne.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szService est une chaîne ANSI = wdTexte(sService)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketCreateBluetooth", &szNom, &szService))

PROCEDURE wdSocketCréeInfraRouge(LOCAL sNom est une chaîne, LOCAL sService est une chaîne) : booléen
// Toujours refusé : plus aucun système n'a de sockets infrarouges.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szService est une chaîne ANSI = wdTexte(sService)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketCreateInfrared", &szNom, &szService))

PROCEDURE wdSocketAttendConnexion(LOCAL sNom est une chaîne, LOCAL xDélai = WDSOCKET_INFINITE) : booléen
// Attend un client, sans limite si aucun délai n'est donné ; wdSocketFerme met aussitôt fin à l'attente.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketWaitForConnection", &szNom, wdMillisecondes(xDélai)))

PROCEDURE wdSocketAccepte(LOCAL sNom est une chaîne) : chaîne
// Prend le client qui attend : le nom de son canal, que wdSocketFerme termine.
SI PAS wdCharge() ALORS RENVOYER ""
szNom est une chaîne ANSI = wdTexte(sNom)
bufTexte est un Buffer = wdPlace(64)
nTaille est un entier système = API(gsWDBibliothèque, "SocketAccept", &szNom, &bufTexte, 64)
RENVOYER wdTexteReçu(bufTexte, nTaille)

PROCEDURE wdSocketRefuse(LOCAL sNom est une chaîne) : booléen
// Renvoie le client qui attend un serveur, ou ferme un canal.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketDeny", &szNom))

// Procédures : clients

PROCEDURE wdSocketConnecte(LOCAL sNom est une chaîne, LOCAL nPort est un entier, LOCAL sAdresse est une chaîne = "", LOCAL xDélai = 5000) : booléen
// Se connecte à un serveur, en 5 secondes au plus si aucun délai n'est donné ; une adresse vide vaut cette machine.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketConnect", &szNom, nPort, &szAdresse, wdMillisecondes(xDélai)))

PROCEDURE wdSocketConnecteSSL(LOCAL sNom est une chaîne, LOCAL nPort est un entier, LOCAL sAdresse est une chaîne = "", LOCAL nOptions est un entier = 0, LOCAL xDélai = 5000, LOCAL sCertificatClient est une chaîne = "") : booléen
// Se connecte en TLS et vérifie le certificat du serveur ; l'option wdSSLSansVérification ne vérifie rien.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
szCertificat est une chaîne ANSI = wdTexte(sCertificatClient)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketConnectSSL", &szNom, nPort, &szAdresse, nOptions, wdMillisecondes(xDélai), &szCertificat))

PROCEDURE wdWebSocketClientConnecte(LOCAL sNom est une chaîne, LOCAL sAdresse est une chaîne, LOCAL nPort est un entier = 80, LOCAL sChemin est une chaîne = "/", LOCAL sProtocoles est une chaîne = "", LOCAL xDélai = 5000) : booléen
// Se connecte à un serveur WebSocket ; les protocoles sont séparés par des virgules.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
szPath est une chaîne ANSI = wdTexte(sChemin)
szProtocols est une chaîne ANSI = wdTexte(sProtocoles)
RENVOYER wdRéponse(API(gsWDBibliothèque, "WebSocketClientConnect", &szNom, &szAdresse, nPort, &szPath, &szProtocols, wdMillisecondes(xDélai)))

PROCEDURE wdWebSocketClientConnecteSSL(LOCAL sNom est une chaîne, LOCAL sAdresse est une chaîne, LOCAL nPort est un entier = 443, LOCAL sChemin est une chaîne = "/", LOCAL sProtocoles est une chaîne = "", LOCAL nOptions est un entier = 0, LOCAL xDélai = 5000, LOCAL sCertificatClient est une chaîne = "") : booléen
// Se connecte à un serveur WebSocket en TLS et vérifie son certificat.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
szPath est une chaîne ANSI = wdTexte(sChemin)
szProtocols est une chaîne ANSI = wdTexte(sProtocoles)
szCertificat est une chaîne ANSI = wdTexte(sCertificatClient)
RENVOYER wdRéponse(API(gsWDBibliothèque, "WebSocketClientConnectSSL", &szNom, &szAdresse, nPort, &szPath, &szProtocols, nOptions, wdMillisecondes(xDélai), &szCertificat))

PROCEDURE wdSocketDémarreSSL(LOCAL sNom est une chaîne, LOCAL nOptions est un entier = 0, LOCAL xDélai = 5000, LOCAL sNomServeur est une chaîne = "", LOCAL sCertificatClient est une chaîne = "") : booléen
// Fait passer en TLS une connexion commencée en clair, comme STARTTLS.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szNomServeur est une chaîne ANSI = wdTexte(sNomServeur)
szCertificat est une chaîne ANSI = wdTexte(sCertificatClient)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketStartSSL", &szNom, nOptions, wdMillisecondes(xDélai), &szNomServeur, &szCertificat))

PROCEDURE wdSocketConnecteBluetooth(LOCAL sNom est une chaîne, LOCAL sService est une chaîne, LOCAL sAppareil est une chaîne, LOCAL xDélai = 5000) : booléen
// Se connecte à un service Bluetooth, "1" à "30", de l'appareil qui a cette adresse.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szService est une chaîne ANSI = wdTexte(sService)
szAppareil est une chaîne ANSI = wdTexte(sAppareil)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketConnectBluetooth", &szNom, &szService, &szAppareil, wdMillisecondes(xDélai)))

PROCEDURE wdSocketConnecteInfraRouge(LOCAL sNom est une chaîne, LOCAL sService est une chaîne) : booléen
// Toujours refusé : plus aucun système n'a de sockets infrarouges.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szService est une chaîne ANSI = wdTexte(sService)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketConnectInfrared", &szNom, &szService, WDSOCKET_DEFAULT))

PROCEDURE wdSocketProxy(LOCAL sAdresse est une chaîne, LOCAL nPort est un entier = WDSOCKET_DEFAULT, LOCAL sLogin est une chaîne = "", LOCAL sMotDePasse est une chaîne = "") : booléen
// Toutes les connexions créées ensuite passent par un proxy : "socks5://hôte", "socks5h://", "socks4a://", "http://" ou "https://" ; "environment:" pour ceux que nomme l'environnement ; "" y met fin.
SI PAS wdCharge() ALORS RENVOYER Faux
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
szLogin est une chaîne ANSI = wdTexte(sLogin)
szMotDePasse est une chaîne ANSI = wdTexte(sMotDePasse)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketProxy", &szAdresse, nPort, &szLogin, &szMotDePasse))

// Procédures : messages

PROCEDURE wdSocketLit(LOCAL sNom est une chaîne, LOCAL bAttenteInfinie est un booléen = Vrai, LOCAL xDélai = 1000, LOCAL nOctetsMax est un entier = 4096, LOCAL xInactivité = 0) : Buffer
// Le message suivant, entier quelle que soit sa taille ; le nombre maximal d'octets ne compte que dans les modes sans trame.
// Avec un temps d'inactivité, la lecture se termine aussi quand rien du tout n'est arrivé pendant ce temps.
// Vide si aucun n'est venu : wdSocketErreurCode() vaut alors WDSOCKET_ERR_TIMEOUT, ou WDSOCKET_ERR_CLOSED si l'autre est parti.
bufMessage est un Buffer
SI PAS wdCharge() ALORS RENVOYER bufMessage
szNom est une chaîne ANSI = wdTexte(sNom)
nAttente est un entier = 0
SI bAttenteInfinie ALORS nAttente = 1
nDélai est un entier = wdMillisecondes(xDélai)
nInactivité est un entier = wdMillisecondes(xInactivité)
SI nInactivité <> 0 ALORS gbWDInactivité = Vrai
SI gbWDInactivité ALORS API(gsWDBibliothèque, "SocketSetOption", &szNom, wdSocketInactivitéLecture, nInactivité)
nPlace est un entier = nOctetsMax
SI nPlace < 1 ALORS nPlace = 4096
nTaille est un entier système
BOUCLE
	bufMessage = wdPlace(nPlace)
	nTaille = API(gsWDBibliothèque, "SocketRead", &szNom, nAttente, nDélai, &bufMessage, nPlace)
	SI nTaille >= 0 ALORS RENVOYER Gauche(bufMessage, nTaille)
	SI nTaille <> -WDSOCKET_ERR_BUFFER_TOO_SMALL ALORS SORTIR
	// Le message reste dans la bibliothèque : il est relu avec assez de place
	nTaille = API(gsWDBibliothèque, "SocketPending", &szNom)
	SI nTaille < 0 ALORS SORTIR
	SI nTaille > nPlace ALORS nPlace = nTaille
FIN
wdEchec()
bufMessage = ""
RENVOYER bufMessage

PROCEDURE wdSocketEcrit(LOCAL sNom est une chaîne, LOCAL bufMessage est un Buffer, LOCAL sAdresse est une chaîne = "", LOCAL nPort est un entier = WDSOCKET_DEFAULT) : booléen
// Envoie un message ; avec une adresse, depuis un socket UDP, par défaut vers le dernier port utilisé.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
SI sAdresse = "" ALORS RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketWrite", &szNom, &bufMessage, Taille(bufMessage)))
szAdresse est une chaîne ANSI = wdTexte(sAdresse)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketWriteTo", &szNom, &bufMessage, Taille(bufMessage), &szAdresse, nPort))

PROCEDURE wdSocketChangeModeTransmission(LOCAL sNom est une chaîne, LOCAL nMode est un entier, LOCAL sMarqueur est une chaîne ANSI = "") : booléen
// wdSocketTailleDébut, wdSocketMarqueurFin, wdSocketMarqueurFinBuffer ou wdSocketSansMarqueurFin ; sans marqueur donné, celui du WLangage.
// Les trames d'autres machines sont wdSocketTailleBinaire, wdSocketTailleFixe avec un marqueur aussi long que chaque message, wdSocketLigne, wdSocketTailleExacte.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
SI sMarqueur = "" ALORS RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketChangeTransmissionMode", &szNom, nMode, Null, 0))
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketChangeTransmissionMode", &szNom, nMode, &sMarqueur, Taille(sMarqueur)))

PROCEDURE wdSocketDepuisDescripteur(LOCAL sNom est une chaîne, LOCAL nDescriptor est un entier) : booléen
// Reprend un socket qu'une autre partie du programme a créé. Pas sous Windows.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketFromDescriptor", &szNom, nDescriptor))

PROCEDURE wdSocketDescripteur(LOCAL sNom est une chaîne) : entier
// Le descripteur d'un socket, pour des options du système, ou un nombre négatif.
SI PAS wdCharge() ALORS RENVOYER -WDSOCKET_ERR_NO_LIBRARY
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdNombre(API(gsWDBibliothèque, "SocketDescriptor", &szNom))

PROCEDURE wdSocketVideTampon(LOCAL sNom est une chaîne) : booléen
// Envoie ce que wdSocketGather retient de ce qui a été écrit, et attend que le système l'ait.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketFlush", &szNom))

PROCEDURE wdSocketTailleEnAttente(LOCAL sNom est une chaîne) : entier
// La taille du message qui peut être lu sans attendre ; 0 s'il n'y en a pas encore.
SI PAS wdCharge() ALORS RENVOYER -WDSOCKET_ERR_NO_LIBRARY
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdNombre(API(gsWDBibliothèque, "SocketPending", &szNom))

// Procédures : qui et où

PROCEDURE wdSocketClientInfo(LOCAL sNom est une chaîne, LOCAL nInfo est un entier = wdSocketAdresse) : chaîne
// L'adresse ou le port de l'autre.
SI PAS wdCharge() ALORS RENVOYER ""
szNom est une chaîne ANSI = wdTexte(sNom)
bufTexte est un Buffer = wdPlace(1024)
nTaille est un entier système = API(gsWDBibliothèque, "SocketClientInfo", &szNom, nInfo, &bufTexte, 1024)
RENVOYER wdTexteReçu(bufTexte, nTaille)

PROCEDURE wdSocketInfoLocale(LOCAL sNom est une chaîne, LOCAL nInfo est un entier = wdSocketAdresse) : chaîne
// L'adresse ou le port d'un socket sur cette machine, ou comment il va ; avec "" pour son nom, les sommes du processus.
SI PAS wdCharge() ALORS RENVOYER ""
szNom est une chaîne ANSI = wdTexte(sNom)
bufTexte est un Buffer = wdPlace(1024)
SI sNom = "" ALORS RENVOYER wdTexteReçu(bufTexte, API(gsWDBibliothèque, "SocketLocalInfo", Null, nInfo, &bufTexte, 1024))
nTaille est un entier système = API(gsWDBibliothèque, "SocketLocalInfo", &szNom, nInfo, &bufTexte, 1024)
RENVOYER wdTexteReçu(bufTexte, nTaille)

PROCEDURE wdSocketInfoSSL(LOCAL sNom est une chaîne, LOCAL nInfo est un entier = wdSSLProtocole) : chaîne
// Ce qui a été convenu pour une connexion TLS, et qui est l'autre.
SI PAS wdCharge() ALORS RENVOYER ""
szNom est une chaîne ANSI = wdTexte(sNom)
bufTexte est un Buffer = wdPlace(65536)
nTaille est un entier système = API(gsWDBibliothèque, "SocketSSLInfo", &szNom, nInfo, &bufTexte, 65536)
RENVOYER wdTexteReçu(bufTexte, nTaille)

PROCEDURE wdSocketExiste(LOCAL sNom est une chaîne) : booléen
// Vrai de la création à wdSocketFerme, quoi que soit devenu l'autre.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketExist", &szNom))

PROCEDURE wdSocketEstConnecté(LOCAL sNom est une chaîne) : booléen
// Si l'autre est encore là, pour ce que le système en sait maintenant.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketConnected", &szNom))

PROCEDURE wdNetAdresseIP(LOCAL sMachine est une chaîne = "", LOCAL nIndice est un entier = 0) : chaîne
// Une adresse d'une machine, la première à l'indice 0 ; vide après la dernière.
SI PAS wdCharge() ALORS RENVOYER ""
szMachine est une chaîne ANSI = wdTexte(sMachine)
bufTexte est un Buffer = wdPlace(1024)
nTaille est un entier système = API(gsWDBibliothèque, "NetIPAddress", &szMachine, nIndice, &bufTexte, 1024)
RENVOYER wdTexteReçu(bufTexte, nTaille)

PROCEDURE wdNetNomMachine() : chaîne
// Le nom de cette machine.
SI PAS wdCharge() ALORS RENVOYER ""
bufTexte est un Buffer = wdPlace(1024)
nTaille est un entier système = API(gsWDBibliothèque, "NetMachineName", &bufTexte, 1024)
RENVOYER wdTexteReçu(bufTexte, nTaille)

PROCEDURE wdSocketIdentifiant(LOCAL sNom est une chaîne) : entier
// Le numéro d'un socket.
SI PAS wdCharge() ALORS RENVOYER -WDSOCKET_ERR_NO_LIBRARY
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdNombre(API(gsWDBibliothèque, "SocketId", &szNom))

PROCEDURE wdSocketNom(LOCAL nId est un entier) : chaîne
// Le nom du socket qui a ce numéro.
SI PAS wdCharge() ALORS RENVOYER ""
bufTexte est un Buffer = wdPlace(1024)
nTaille est un entier système = API(gsWDBibliothèque, "SocketName", nId, &bufTexte, 1024)
RENVOYER wdTexteReçu(bufTexte, nTaille)

// Procédures : la fin

PROCEDURE wdSocketFerme(LOCAL sNom est une chaîne) : booléen
// Ferme un socket et termine ce qui l'attend dans d'autres threads. Faux, sans erreur, s'il n'existe pas.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketClose", &szNom))

PROCEDURE wdSocketAnnuleAttente(LOCAL sNom est une chaîne) : booléen
// Met fin à ce qui attend sur une socket dans d'autres threads ; la socket reste.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketCancel", &szNom))

PROCEDURE wdSocketFermeTout() : entier
// Ferme tous les sockets du programme et dit combien il y en avait.
SI PAS wdCharge() ALORS RENVOYER 0
RENVOYER wdNombre(API(gsWDBibliothèque, "SocketCloseAll"))

PROCEDURE wdSocketTermineEnvoi(LOCAL sNom est une chaîne) : booléen
// Termine l'envoi d'une connexion ; la lecture continue.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketShutdown", &szNom))

// Procédures : options

PROCEDURE wdSocketParamètre(LOCAL nMode est un entier, LOCAL nValeur est un entier) : booléen
// wdSocketParamètreMode est toujours wdSocketModeOpenSSL.
SI PAS wdCharge() ALORS RENVOYER Faux
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketConfigure", nMode, nValeur))

PROCEDURE wdSocketChangeOption(LOCAL sNom est une chaîne, LOCAL nOption est un entier, LOCAL nValeur est un entier) : booléen
// Une option d'un socket ; un nom vide la fixe pour tous les sockets créés ensuite.
SI PAS wdCharge() ALORS RENVOYER Faux
SI sNom = "" ALORS RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketSetOption", Null, nOption, nValeur))
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketSetOption", &szNom, nOption, nValeur))

PROCEDURE wdSocketValeurOption(LOCAL sNom est une chaîne, LOCAL nOption est un entier) : entier
// La valeur d'une option.
SI PAS wdCharge() ALORS RENVOYER -WDSOCKET_ERR_NO_LIBRARY
SI sNom = "" ALORS RENVOYER wdNombre(API(gsWDBibliothèque, "SocketGetOption", Null, nOption))
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdNombre(API(gsWDBibliothèque, "SocketGetOption", &szNom, nOption))

PROCEDURE wdSocketChangeTexte(LOCAL sNom est une chaîne, LOCAL nOption est un entier, LOCAL sTexte est une chaîne) : booléen
// Une option texte, comme wdSSLFichierAutorités : du prochain socket de ce nom, ou de tous les sockets créés ensuite si le nom est vide.
SI PAS wdCharge() ALORS RENVOYER Faux
szTexte est une chaîne ANSI = wdTexte(sTexte)
SI sNom = "" ALORS RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketSetText", Null, nOption, &szTexte))
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketSetText", &szNom, nOption, &szTexte))

PROCEDURE wdSocketRejointGroupe(LOCAL sNom est une chaîne, LOCAL sGroupe est une chaîne, LOCAL sRéseau est une chaîne = "") : booléen
// Fait recevoir à un socket UDP ce qui est envoyé à un groupe multicast.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szGroupe est une chaîne ANSI = wdTexte(sGroupe)
szRéseau est une chaîne ANSI = wdTexte(sRéseau)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketJoinGroup", &szNom, &szGroupe, &szRéseau))

PROCEDURE wdSocketQuitteGroupe(LOCAL sNom est une chaîne, LOCAL sGroupe est une chaîne, LOCAL sRéseau est une chaîne = "") : booléen
// Termine ce que wdSocketRejointGroupe a commencé.
SI PAS wdCharge() ALORS RENVOYER Faux
szNom est une chaîne ANSI = wdTexte(sNom)
szGroupe est une chaîne ANSI = wdTexte(sGroupe)
szRéseau est une chaîne ANSI = wdTexte(sRéseau)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketLeaveGroup", &szNom, &szGroupe, &szRéseau))

// Procédures : une attente pour plusieurs sockets

PROCEDURE wdSocketSurveillance(LOCAL sSurveillance est une chaîne) : booléen
// Crée une surveillance ; wdSocketFerme la termine et laisse ses sockets ouverts.
SI PAS wdCharge() ALORS RENVOYER Faux
szSurveillance est une chaîne ANSI = wdTexte(sSurveillance)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketWatch", &szSurveillance))

PROCEDURE wdSocketSurveillanceAjoute(LOCAL sSurveillance est une chaîne, LOCAL sNom est une chaîne) : booléen
// Ajoute un socket à une surveillance.
SI PAS wdCharge() ALORS RENVOYER Faux
szSurveillance est une chaîne ANSI = wdTexte(sSurveillance)
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketWatchAdd", &szSurveillance, &szNom))

PROCEDURE wdSocketSurveillanceRetire(LOCAL sSurveillance est une chaîne, LOCAL sNom est une chaîne) : booléen
// Retire un socket d'une surveillance.
SI PAS wdCharge() ALORS RENVOYER Faux
szSurveillance est une chaîne ANSI = wdTexte(sSurveillance)
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketWatchRemove", &szSurveillance, &szNom))

PROCEDURE wdSocketSurveillanceAttend(LOCAL sSurveillance est une chaîne, LOCAL xDélai = 1000) : chaîne
// Le nom d'un socket dont la prochaine lecture, ou wdSocketAccepte, n'attendrait pas ; chacun à son tour. Vide si le délai est écoulé.
SI PAS wdCharge() ALORS RENVOYER ""
szSurveillance est une chaîne ANSI = wdTexte(sSurveillance)
nDélai est un entier = wdMillisecondes(xDélai)
nId est un entier
nNombre est un entier système
BOUCLE
	nNombre = API(gsWDBibliothèque, "SocketWatchWait", &szSurveillance, nDélai, &nId, 1)
	SI nNombre < 0 ALORS wdEchec()
	SI nNombre <= 0 ALORS RENVOYER ""
	bufTexte est un Buffer = wdPlace(1024)
	nNombre = API(gsWDBibliothèque, "SocketName", nId, &bufTexte, 1024)
	// Celui qu'un autre thread a fermé entre-temps n'a plus de nom : attendre le suivant
	SI nNombre > 0 ALORS RENVOYER wdTexteReçu(bufTexte, nNombre)
FIN

PROCEDURE wdSocketSurveillanceÉcriture(LOCAL sSurveillance est une chaîne, LOCAL sNom est une chaîne) : booléen
// Fait donner une fois par wdSocketSurveillanceAttend une socket de la surveillance, quand on peut y écrire.
SI PAS wdCharge() ALORS RENVOYER Faux
szSurveillance est une chaîne ANSI = wdTexte(sSurveillance)
szNom est une chaîne ANSI = wdTexte(sNom)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketWatchWritable", &szSurveillance, &szNom))

PROCEDURE wdSocketSurveillancePoignée(LOCAL sSurveillance est une chaîne) : entier
// Ce qu'attend la boucle d'une autre bibliothèque : un descripteur, ou un nombre négatif.
SI PAS wdCharge() ALORS RENVOYER -WDSOCKET_ERR_NO_LIBRARY
szSurveillance est une chaîne ANSI = wdTexte(sSurveillance)
RENVOYER wdNombre(API(gsWDBibliothèque, "SocketWatchHandle", &szSurveillance))

PROCEDURE wdSocketSurveillanceMessage(LOCAL sSurveillance est une chaîne, LOCAL nFenêtre est un entier, LOCAL nMessage est un entier) : booléen
// Fait poster un message à une fenêtre (son Handle) dès que wdSocketSurveillanceAttend donnerait quelque chose, pour Evénement() ; fenêtre 0 : plus aucun.
SI PAS wdCharge() ALORS RENVOYER Faux
szSurveillance est une chaîne ANSI = wdTexte(sSurveillance)
RENVOYER wdRéponse(API(gsWDBibliothèque, "SocketWatchMessage", &szSurveillance, nFenêtre, nMessage))

// Procédures : erreurs et version

PROCEDURE wdSocketErreurCode() : entier
// Comment s'est passé le dernier appel de ce thread : WDSOCKET_OK ou l'un des WDSOCKET_ERR_.
SI PAS wdCharge() ALORS RENVOYER WDSOCKET_ERR_NO_LIBRARY
nCode est un entier système = API(gsWDBibliothèque, "SocketErrorCode")
RENVOYER nCode

PROCEDURE wdSocketErreurSystème() : entier
// Ce qu'en a dit le système d'exploitation ; 0 s'il n'y est pour rien.
SI PAS wdCharge() ALORS RENVOYER 0
nCode est un entier système = API(gsWDBibliothèque, "SocketErrorSystem")
RENVOYER nCode

PROCEDURE wdSocketErreurInfo() : chaîne
// La même chose en une phrase (en anglais).
SI PAS wdCharge() ALORS RENVOYER ErreurInfo()
bufTexte est un Buffer = wdPlace(4096)
nTaille est un entier système = API(gsWDBibliothèque, "SocketErrorInfo", &bufTexte, 4096)
SI nTaille <= 0 ALORS RENVOYER ""
RENVOYER UTF8VersChaîne(Gauche(bufTexte, nTaille))

PROCEDURE wdSocketErreurTexte(LOCAL nCode est un entier) : chaîne
// Ce que veut dire un code, en une phrase (en anglais).
SI PAS wdCharge() ALORS RENVOYER ""
bufTexte est un Buffer = wdPlace(1024)
nTaille est un entier système = API(gsWDBibliothèque, "SocketErrorText", nCode, &bufTexte, 1024)
RENVOYER wdTexteReçu(bufTexte, nTaille)

PROCEDURE wdSocketVersion() : chaîne
// Les versions de la bibliothèque et de l'OpenSSL qu'elle contient.
SI PAS wdCharge() ALORS RENVOYER ""
bufTexte est un Buffer = wdPlace(1024)
nTaille est un entier système = API(gsWDBibliothèque, "SocketVersion", &bufTexte, 1024)
RENVOYER wdTexteReçu(bufTexte, nTaille)

// Procédures que seules les précédentes appellent

PROCEDURE wdCharge() : booléen
// Charge la bibliothèque au premier appel. ChargeDLL la garde : API seule la libérerait après chaque appel.
SI gsWDBibliothèque <> "" ALORS RENVOYER Vrai
nBibliothèque est un entier système = ChargeDLL(wdBibliothèqueWindows)
SI nBibliothèque <> 0 ALORS
	gsWDBibliothèque = wdBibliothèqueWindows
	RENVOYER Vrai
FIN
nBibliothèque = ChargeDLL(wdBibliothèqueLinux)
SI nBibliothèque <> 0 ALORS
	gsWDBibliothèque = wdBibliothèqueLinux
	RENVOYER Vrai
FIN
ErreurDéclenche(WDSOCKET_ERR_NO_LIBRARY, "La bibliothèque wdsocket est introuvable : placez wdsocket.dll (Linux : libwdsocket.so) à côté du programme")
RENVOYER Faux

PROCEDURE wdTexte(LOCAL sTexte est une chaîne) : chaîne ANSI
// Le texte comme la bibliothèque le veut : en UTF-8, pour qu'un nom soit le même socket dans tout programme.
RENVOYER ChaîneVersUTF8(sTexte)

PROCEDURE wdPlace(LOCAL nOctets est un entier) : Buffer
// De la mémoire où la bibliothèque peut écrire.
RENVOYER RépèteChaîne(Caract(0), nOctets)

PROCEDURE wdMillisecondes(LOCAL xTemps) : entier
// Un délai est un nombre de millisecondes ou une durée comme 5 s.
SI TypeVar(xTemps) <> wlDurée ALORS RENVOYER xTemps
duTemps est une Durée = xTemps
RENVOYER (((duTemps..Jour * 24 + duTemps..Heure) * 60 + duTemps..Minute) * 60 + duTemps..Seconde) * 1000 + duTemps..Milliseconde

PROCEDURE wdRéponse(LOCAL nRésultat est un entier système) : booléen
// Le résultat d'une fonction qui dit oui ou non.
SI nRésultat = 1 ALORS RENVOYER Vrai
wdEchec()
RENVOYER Faux

PROCEDURE wdNombre(LOCAL nRésultat est un entier système) : entier
// Le résultat d'une fonction qui donne un nombre.
SI nRésultat < 0 ALORS wdEchec()
RENVOYER nRésultat

PROCEDURE wdTexteReçu(LOCAL bufTexte est un Buffer, LOCAL nTaille est un entier système) : chaîne
// Le résultat d'une fonction qui donne un texte.
SI nTaille >= 0 ALORS RENVOYER UTF8VersChaîne(Gauche(bufTexte, nTaille))
wdEchec()
RENVOYER ""

PROCEDURE wdEchec()
// Fait de la dernière erreur de la bibliothèque celle que dit ErreurInfo() ; pas si un délai est écoulé ou si tout va bien.
nCode est un entier = wdSocketErreurCode()
SI nCode = WDSOCKET_OK ALORS RETOUR
SI nCode = WDSOCKET_ERR_TIMEOUT ALORS RETOUR
ErreurDéclenche(nCode, wdSocketErreurInfo())
