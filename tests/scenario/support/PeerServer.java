// PeerServer.java - an SSLServerSocket for each line of the file: name, port, PKCS #12 file, CA file, clients, lowest and
// highest version, ALPN. Answers any request with 200.
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class PeerServer {
    static final char[] PASSWORD = "changeit".toCharArray();

    static SSLContext context(String store, String ca) throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(store)) {
            own.load(in, PASSWORD);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = new FileInputStream(ca)) {
            int n = 0;
            for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca" + n++, c);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    static void answer(SSLSocket socket) {
        try (socket) {
            socket.setSoTimeout(20000);
            socket.startHandshake();
            InputStream in = socket.getInputStream();
            int matched = 0;
            byte[] end = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            for (int c = in.read(); c >= 0 && matched < end.length; ) {
                matched = c == end[matched] ? matched + 1 : (c == end[0] ? 1 : 0);
                if (matched < end.length) {
                    c = in.read();
                }
            }
            if (matched == end.length) {
                socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        } catch (Exception e) {
            System.out.println(e);
        }
    }

    static void serve(String[] spec) throws Exception {
        SSLServerSocket server = (SSLServerSocket) context(spec[2], spec[3]).getServerSocketFactory().createServerSocket(
            Integer.parseInt(spec[1]), 16, InetAddress.getLoopbackAddress());
        List<String> versions = new ArrayList<>();
        for (String v : new String[] {"1.2", "1.3"}) {
            if (v.compareTo(spec[5]) >= 0 && v.compareTo(spec[6]) <= 0) {
                versions.add("TLSv" + v);
            }
        }
        server.setEnabledProtocols(versions.toArray(new String[0]));
        SSLParameters parameters = server.getSSLParameters();
        if (!spec[7].equals("-")) {
            parameters.setApplicationProtocols(new String[] {spec[7]});
        }
        parameters.setNeedClientAuth(spec[4].equals("required"));
        if (spec[4].equals("optional")) {
            parameters.setWantClientAuth(true);
        }
        server.setSSLParameters(parameters);
        new Thread(() -> {
            while (true) {
                try {
                    SSLSocket socket = (SSLSocket) server.accept();
                    new Thread(() -> answer(socket)).start();
                } catch (Exception e) {
                    System.out.println(e);
                    return;
                }
            }
        }).start();
    }

    public static void main(String[] args) throws Exception {
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            serve(line.split("\t"));
        }
    }
}
