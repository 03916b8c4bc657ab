"""The world a 1NCE device runs in, simulated: modem, SIM, network and 1NCE OS.

    from nce_sim.world import World
    from nce_sim.ports.typist import Typist

    world = World(seed=1)
    typist = Typist(world, world.add_modem(world.add_sim()))
    typist.switch_on()
    typist.ask("AT+CPIN?")                  # ["+CPIN: READY", "OK"]

Time is virtual unless a clock is given; the same seed gives the same run.
"""
