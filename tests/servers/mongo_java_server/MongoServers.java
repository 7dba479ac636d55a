import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** Servers of the MongoDB protocol for tests, each with a memory of its own. A line "new" on standard input starts
 *  one and is answered with its port, "new FOLDER" one that encrypts, with certificate.pem and key.pem of that folder;
 *  "stop PORT" ends it; the end of the input ends all. */
public final class MongoServers {
  public static void main(String[] arguments) throws Exception {
    Map<Integer, MongoServer> servers = new HashMap<>();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (line.startsWith("new")) {
        MongoServer server = new MongoServer(new MemoryBackend());
        if (line.length() > 4) encrypt(server, Path.of(line.substring(4)));
        int port = server.bind().getPort();
        servers.put(port, server);
        System.out.println(port);
        System.out.flush();
      } else if (line.startsWith("stop ")) {
        MongoServer server = servers.remove(Integer.parseInt(line.substring(5)));
        if (server != null) server.shutdownNow();
      }
    }
    System.exit(0);
  }

  private static void encrypt(MongoServer server, Path folder) throws Exception {
    X509Certificate certificate;
    try (FileInputStream file = new FileInputStream(folder.resolve("certificate.pem").toFile())) {
      certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
    }
    String key = Files.readString(folder.resolve("key.pem")).replaceAll("-----[A-Z ]+-----", "");
    PrivateKey made = KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key)));
    server.enableSsl(made, null, certificate);
  }
}
