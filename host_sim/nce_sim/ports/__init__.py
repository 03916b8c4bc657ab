"""What joins a simulated modem's line to its host.

pipe           an in-process pair of streams          in virtual time, too
socketpair     a file descriptor for a child process
pty            a serial device for anybody's program
tcp            a raw TCP connection on the loopback interface
rfc2217        a remote serial port: Telnet with COM port control
serial_device  a real serial port, for a board wired to the host
remote_serial  a serial port across the network, by a URL
"""
