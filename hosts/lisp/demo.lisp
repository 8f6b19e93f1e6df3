;;; sbcl --script demo.lisp talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
;;; sbcl --script demo.lisp serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
;;; sbcl --script demo.lisp mistakes PORT                    what goes wrong first, and what the answer is

(setf *standard-output* (sb-sys:make-fd-stream 1 :output t :buffering :line :external-format :utf-8))
(require :asdf)
(handler-bind ((warning #'muffle-warning))
  (let ((*standard-output* (make-broadcast-stream)) (*error-output* (make-broadcast-stream)))
    (asdf:load-system :cffi)))
(let ((folder (directory-namestring *load-truename*)))
  (handler-case
      (progn (load (merge-pathnames "wdsocket.lisp" folder))
             (load (merge-pathnames "wdsockets.lisp" folder)))
    (cffi:load-foreign-library-error (failure)
      (format t "~a~%" failure)
      (sb-ext:exit :code 1 :abort t))))

(defpackage #:demo (:use #:common-lisp #:wdsocket #:wdsockets))
(in-package #:demo)

(defmacro tried (title call)
  `(handler-case (progn ,call (format t "~a: no error~%" ,title))
     (socket-error (failure) (format t "~a: ~a~%" ,title (text failure)))))

(defun answer (name)
  (write-message name "Zoë")
  (read-text name :timeout 20000))

(defun talk (port secure-port trusted)
  (must (SocketConnect "clear" port "127.0.0.1" 20000))
  (format t "client: ~a~%" (answer "clear"))
  (must (SocketSetText "secure" SSLCaFile trusted))
  (must (SocketConnectSSL "secure" secure-port "localhost" 0 20000 (or-null nil)))
  (format t "TLS: ~a ~a~%" (ssl-info "secure" SSLProtocol) (answer "secure"))
  ;; One that does not know who signed the certificate.
  (handler-case (must (SocketConnectSSL "stranger" secure-port "localhost" 0 20000 (or-null nil)))
    (socket-error (failure) (format t "not trusted: ~a~%" failure))))

(defun greet (server)
  (must (SocketWaitForConnection server 20000))
  (let ((channel (accepted server)))
    (write-message channel (concatenate '(vector (unsigned-byte 8))
                                        (babel:string-to-octets "Welcome, ")
                                        (read-message channel :timeout 20000)
                                        (babel:string-to-octets "!")))
    (handler-case (read-message channel :timeout 20000) ; until the client has left
      (socket-error ()))
    (SocketClose channel)))

(defun serve (certificate)
  (must (SocketCreate "server" 0 "127.0.0.1"))
  (must (SocketCreateSSL "secure server" 0 certificate 0 "127.0.0.1" (or-null nil)))
  (format t "~a ~a~%" (local-info "server" SocketPort) (local-info "secure server" SocketPort))
  (finish-output)
  (greet "server")
  (greet "secure server"))

(defvar *messages* 0)
(declaim (type fixnum *messages*))

(defun read-all ()
  (handler-case
      (loop (read-message "shared" :undefined-wait t)
            (incf *messages*))
    (socket-error (failure) failure)))

(defun threads (port)
  (must (SocketConnect "shared" port "127.0.0.1" 20000))
  (let ((reader (sb-thread:make-thread #'read-all)))
    (sb-thread:join-thread
     (sb-thread:make-thread (lambda () (dotimes (i 3) (write-message "shared" "message")))))
    (loop while (< *messages* 3) do (sleep 0.01))
    (sb-ext:gc :full t) ; goes on although a thread is inside SocketRead
    (sb-thread:join-thread (sb-thread:make-thread (lambda () (SocketClose "shared"))))
    (format t "threads: ~d messages, then ~a~%" *messages* (sb-thread:join-thread reader))))

(defun leave-with-a-reader (port)
  (must (SocketConnect "shared" port "127.0.0.1" 20000))
  (sb-thread:make-thread #'read-all)
  (sleep 0.3)
  (format t "leaving with a thread inside SocketRead~%"))

(defun mistakes (port)
  "What goes wrong first, with a server that greets."
  (must (SocketConnect "till" port "127.0.0.1" 20000))
  (write-message "till" "Grüße")
  (format t "accents: ~a~%" (read-text "till" :timeout 20000))
  (write-message "till" (format nil "a~ab" (code-char 0)))
  (format t "zero inside: ~d bytes~%" (length (read-message "till" :timeout 20000)))
  (write-message "till" (make-array 65536 :element-type '(unsigned-byte 8) :initial-element 120))
  (format t "large: ~d~%" (length (read-message "till" :timeout 20000)))
  (tried "zero in a name" (write-message (format nil "ti~all" (code-char 0)) "x"))
  (tried "blank behind a name" (write-message "till " "x"))
  (tried "wrong port" (must (SocketConnect "other" 1 "127.0.0.1" 20000)))
  (tried "no port" (must (SocketConnect "other" 70000 "127.0.0.1" 20000))))

(let ((arguments (rest sb-ext:*posix-argv*)))
  (handler-case
      (cond ((equal (first arguments) "talk")
             (let ((port (parse-integer (second arguments))))
               (talk port (parse-integer (third arguments)) (fourth arguments))
               (threads port)
               (leave-with-a-reader port)))
            ((equal (first arguments) "serve") (serve (second arguments)))
            ((equal (first arguments) "mistakes") (mistakes (parse-integer (second arguments))))
            (t (sb-ext:exit :code 2)))
    (socket-error (failure)
      (format t "~a~%" failure)
      (sb-ext:exit :code 1))))
(sb-ext:exit)
